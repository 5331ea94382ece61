// SVG pictures for the documentation, readable in light and dark mode.

const LIGHT = {
  paper: '#ffffff',
  ink: '#1f2328',
  faint: '#59636e',
  grid: '#d1d9e0',
  blue: '#0969da',
  red: '#cf222e',
  amber: '#9a6700',
  green: '#1a7f37',
  purple: '#8250df',
  teal: '#1b7c83',
  pink: '#bf3989',
};
const DARK = {
  paper: '#0d1117',
  ink: '#f0f6fc',
  faint: '#9198a1',
  grid: '#3d444d',
  blue: '#4493f8',
  red: '#f85149',
  amber: '#d29922',
  green: '#3fb950',
  purple: '#ab7df8',
  teal: '#39c5cf',
  pink: '#db61a2',
};
const STYLE = `
    text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; }
    .title { font-size: 19px; font-weight: 600; }
    .heading { font-weight: 600; }
    .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
    .strong { stroke-width: 3; }
    .dashed { stroke-dasharray: 5 4; }
    .area { stroke: none; opacity: 0.18; }
    ${rules(LIGHT)}
    @media (prefers-color-scheme: dark) { ${rules(DARK)} }`;

/** A picture. `label` describes it for screen readers. */
export function svg({ width, height, label, parts }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
  <style>${STYLE}
  </style>
  <rect width="${width}" height="${height}" rx="8" class="fill-paper"/>
  ${parts.join('\n  ')}
</svg>
`;
}

/** A text, with classes such as `fill-ink` or `title`. */
export function text(x, y, words, name, anchor = 'start') {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${name}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** The style rules of the colours in a scheme. */
function rules(colors) {
  return Object.entries(colors)
    .map(([name, color]) => `.fill-${name} { fill: ${color}; } .line-${name} { stroke: ${color}; }`)
    .join(' ');
}

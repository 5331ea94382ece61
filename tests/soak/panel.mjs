/** A panel of the picture: curves over time, with a scale, a grid and a legend. */

const MAX_LINES = 5;
/** Used instead of `dx`, which renderers interpret differently in end-aligned text. */
const SPACE = '\u00a0\u00a0';
const MAX_TIMES = 11;
const STEPS_OF_TIME = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600];

/** @typedef {{ at: number, value: number }} Point  seconds, and a number of the panel's unit */

export class Panel {
  #look;
  #series = [];

  /**
   * @param {{ title: string, unit: string, top: number, height: number, axis?: boolean,
   *   time: { from: number, to: number, left: number, right: number } }} look  `axis`: whether the
   *   times are shown below the panel
   */
  constructor(look) {
    this.#look = look;
  }

  /** @param {string} color one of the picture's colours */
  curve(color, name, points) {
    this.#series.push({ color, name, points, isFilled: false });
    return this;
  }

  /** Like `curve`, but filled down to zero. */
  area(color, name, points) {
    this.#series.push({ color, name, points, isFilled: true });
    return this;
  }

  svg() {
    const { title, unit, top, time } = this.#look;
    const heading =
      `<text x="${time.left}" y="${top - 8}"><tspan class="heading fill-ink">${title}</tspan>` +
      `<tspan class="fill-faint">${SPACE}${unit}</tspan></text>`;
    return [
      heading,
      this.#legend(),
      this.#grid(),
      ...this.#series.map((one) => this.#draw(one)),
    ].join('\n  ');
  }

  /** Right-aligned above the panel; empty if the title is enough. */
  #legend() {
    if (this.#series.length === 1) {
      return '';
    }
    const { top, time } = this.#look;
    const names = this.#series.map(
      ({ color, name }) =>
        `<tspan class="fill-${color}">${SPACE}${SPACE}●${SPACE}</tspan><tspan class="fill-ink">${name}</tspan>`,
    );
    return `<text x="${time.right}" y="${top - 8}" text-anchor="end">${names.join('')}</text>`;
  }

  #grid() {
    const { time, top, height, axis } = this.#look;
    const lines = this.#values().map((value) => {
      const y = this.#y(value).toFixed(1);
      return (
        `<path class="line line-grid" d="M${time.left} ${y}H${time.right}"/>` +
        `<text class="fill-faint" x="${time.left - 8}" y="${y}" dy="4" text-anchor="end">${label(value)}</text>`
      );
    });
    const times = (axis ? this.#times() : []).map((at) => {
      const x = this.#x(at).toFixed(1);
      return (
        `<path class="line line-grid" d="M${x} ${top + height}v5"/>` +
        `<text class="fill-faint" x="${x}" y="${top + height + 20}" text-anchor="middle">${clock(at)}</text>`
      );
    });
    return [...lines, ...times].join('\n  ');
  }

  #draw({ color, points, isFilled }) {
    const path = points
      .map(({ at, value }) => `${this.#x(at).toFixed(1)} ${this.#y(value).toFixed(1)}`)
      .join('L');
    const zero = this.#y(0).toFixed(1);
    const first = this.#x(points[0].at).toFixed(1);
    const last = this.#x(points.at(-1).at).toFixed(1);
    const fill = isFilled
      ? `<path d="M${first} ${zero}L${path}L${last} ${zero}Z" class="area fill-${color}"/>`
      : '';
    return `${fill}<path class="line line-${color}" d="M${path}"/>`;
  }

  /** The values of the grid lines: round numbers from zero to above the highest point. */
  #values() {
    const most = Math.max(
      ...this.#series.flatMap(({ points }) => points.map(({ value }) => value)),
    );
    const rough = (most || 1) / (MAX_LINES - 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
    return Array.from({ length: Math.ceil((most || 1) / step) + 1 }, (_, index) => index * step);
  }

  #times() {
    const { from, to } = this.#look.time;
    const step = STEPS_OF_TIME.find((seconds) => (to - from) / seconds < MAX_TIMES) ?? 7_200;
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => index * step);
  }

  #x(at) {
    const { from, to, left, right } = this.#look.time;
    return left + ((at - from) / (to - from)) * (right - left);
  }

  #y(value) {
    const { top, height } = this.#look;
    return top + height * (1 - value / this.#values().at(-1));
  }
}

function label(value) {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Horizontal bars, one per line, with a name on the left and a value on the right. */
import { text } from '../../scripts/lib/svg.mjs';

const LINE = 26;
const THICK = 15;
const ROOM_FOR_VALUE = 190;

/**
 * @param {{ title: string, left: number, top: number, right: number,
 *   bars: { name: string, value: number, label: string, color: string }[] }} look
 * @returns {{ parts: string[], bottom: number }}
 */
export function bars({ title, left, top, right, bars }) {
  const most = Math.max(...bars.map(({ value }) => value));
  const parts = bars.flatMap(({ name, value, label, color }, index) => {
    const y = top + index * LINE;
    const width = (value / most) * (right - left - ROOM_FOR_VALUE);
    return [
      text(left - 10, y + 12, name, 'fill-ink', 'end'),
      `<rect class="fill-${color}" x="${left}" y="${y}" width="${width.toFixed(1)}" height="${THICK}" rx="2"/>`,
      text(left + width + 8, y + 12, label, 'fill-faint'),
    ];
  });
  return {
    parts: [text(left, top - 12, title, 'heading fill-ink'), ...parts],
    bottom: top + bars.length * LINE,
  };
}

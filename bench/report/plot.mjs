/** Lines over a sweep. Both axes are logarithmic, so that values that differ a thousandfold fit in one plot. */
import { text } from '../../scripts/lib/svg.mjs';

const MARK = 3;
/** If grid lines are closer together than this, only some of them have a label. */
const NARROW = 22;

/** @typedef {{ x: number, y: number, low?: number, high?: number }} Point */

export class Plot {
  #look;
  #series = [];

  /**
   * @param {{ title: string, left: number, top: number, width: number, height: number,
   *   xs: number[], nameOfX: (x: number) => string, nameOfY: (y: number) => string }} look
   *   `xs`: the steps of the sweep, each labelled below the plot
   */
  constructor(look) {
    this.#look = look;
  }

  /** @param {{ color: string, isStrong?: boolean, isDashed?: boolean }} look @param {Point[]} points */
  line(look, points) {
    if (points.length > 0) this.#series.push({ ...look, points });
    return this;
  }

  parts() {
    const { title, left, top } = this.#look;
    return [
      text(left, top - 12, title, 'heading fill-ink'),
      ...this.#decades().map((y) => this.#rule(y)),
      ...this.#look.xs.map((x) => this.#step(x)),
      ...this.#series.flatMap((series) => this.#draw(series)),
    ];
  }

  #rule(value) {
    const { left, width, nameOfY } = this.#look;
    const y = this.#y(value);
    const name = text(left - 8, y + 4, nameOfY(value), 'fill-faint', 'end');
    return `<path class="line line-grid" d="M${left} ${y.toFixed(1)}h${width}"/>${name}`;
  }

  #step(value) {
    const { top, height, nameOfX } = this.#look;
    const x = this.#x(value);
    const name = text(x, top + height + 20, nameOfX(value), 'fill-faint', 'middle');
    return `<path class="line line-grid" d="M${x.toFixed(1)} ${top + height}v5"/>${name}`;
  }

  #draw({ color, isStrong, isDashed, points }) {
    const at = ({ x, y }) => `${this.#x(x).toFixed(1)} ${this.#y(y).toFixed(1)}`;
    const look = [isStrong && 'strong', isDashed && 'dashed'].filter(Boolean).join(' ');
    const path = `<path class="line line-${color} ${look}" d="M${points.map(at).join('L')}"/>`;
    if (isDashed) return [path];
    return [path, ...points.map((point) => this.#mark(color, point))];
  }

  /** A dot at the median, and a stroke from quartile to quartile if it is longer than the dot. */
  #mark(color, { x, y, low = y, high = y }) {
    const [cx, cy] = [this.#x(x).toFixed(1), this.#y(y).toFixed(1)];
    const [from, to] = [this.#y(low), this.#y(high)];
    const spread =
      from - to > MARK * 2
        ? `<path class="line line-${color}" d="M${cx} ${from.toFixed(1)}V${to.toFixed(1)}"/>`
        : '';
    return `${spread}<circle class="fill-${color}" cx="${cx}" cy="${cy}" r="${MARK}"/>`;
  }

  #decades() {
    const [from, to] = this.#range();
    const all = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const every = Math.ceil((NARROW * (to - from)) / this.#look.height);
    return all.filter((power) => (power - from) % every === 0).map((power) => 10 ** power);
  }

  /** The powers of ten that enclose all values. */
  #range() {
    const values = this.#series.flatMap(({ points }) => points.map(({ y }) => y));
    const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [1, 10];
    const from = Math.floor(Math.log10(low));
    return [from, Math.max(Math.ceil(Math.log10(high)), from + 1)];
  }

  #x(value) {
    const { left, width, xs } = this.#look;
    const [first, last] = [Math.log(xs[0]), Math.log(xs.at(-1))];
    return left + ((Math.log(value) - first) / (last - first || 1)) * width;
  }

  #y(value) {
    const { top, height } = this.#look;
    const [from, to] = this.#range();
    return top + height * (1 - (Math.log10(value) - from) / (to - from));
  }
}

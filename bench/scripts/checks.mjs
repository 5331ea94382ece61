/** The assertions of `checks.py` in JavaScript. */
export async function passes() {
  return true;
}

export async function is_number(output) {
  return /^\d+$/.test(output);
}

export async function graded(_output, context) {
  return { pass: true, score: 0.5, reason: String(context.vars.number) };
}

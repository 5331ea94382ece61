/** Node.js without any Python. */
export async function start() {
  return { stop: async () => {} };
}

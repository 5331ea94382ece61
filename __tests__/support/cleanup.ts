type Action = () => void | Promise<void>;

const actions: Action[] = [];

// The last thing first: a pool ends before the folder of its script is removed.
afterEach(async () => {
  const failures: unknown[] = [];
  for (const action of actions.splice(0).reverse()) {
    try {
      await action();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
});

/** Has something done when the test is over, however it ends. */
export function afterTest(action: Action): void {
  actions.push(action);
}

type Action = () => void | Promise<void>;

const actions: Action[] = [];

// In reverse order: a pool ends before the folder of its script is removed.
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

/** Runs an action after the test, however the test ends. */
export function afterTest(action: Action): void {
  actions.push(action);
}

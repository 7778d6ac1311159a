/** One question at a time, and of those that came meanwhile only the newest. */

/**
 * @param {(current: () => boolean) => Promise<void>} ask  `current` says whether its answer is still
 *     wanted; it must not throw
 * @returns {() => Promise<void>} asks, now or when the question before it is answered
 */
export function newest(ask) {
  let busy = false;
  let again = false;
  return async () => {
    again = busy;
    if (busy) return;
    busy = true;
    do {
      again = false;
      await ask(() => !again);
    } while (again);
    busy = false;
  };
}

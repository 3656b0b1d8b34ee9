/** Waits until the other work of this thread had its turn. Long work does this again and again, so that nobody waits for its end. */
export function otherWork(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

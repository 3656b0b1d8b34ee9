/** A value that is here at once, or a promise of it. */
export type Eventual<T> = T | Promise<T>

// Only this file asks whether something is a promise. A cryptographic operation waits for nothing but its
// audit record, and a promise in each of its steps would cost more than the steps do.

/** Gives a value to `next`: at once if it is here, otherwise when its promise is fulfilled. */
export function andThen<T, U>(value: Eventual<T>, next: (value: T) => Promise<U>): Promise<U>
export function andThen<T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U>
export function andThen<T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/**
 * Runs a function, and gives what it throws, or what its promise rejects with, to `rescue`.
 */
export function rescued<T>(run: () => Eventual<T>, rescue: (error: unknown) => Eventual<T>): Eventual<T> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(rescue) : value
  } catch (error) {
    return rescue(error)
  }
}

/** Performs steps one after the other, each with the same arguments. Returns undefined if no step had to be waited for. */
export function inOrder<A, B>(
  steps: readonly ((a: A, b: B) => void | Promise<void>)[],
  a: A,
  b: B,
  from = 0,
): void | Promise<void> {
  for (let index = from; index < steps.length; index++) {
    const pending = steps[index]?.(a, b)
    if (pending !== undefined) return pending.then(() => inOrder(steps, a, b, index + 1))
  }
}

/** Performs a step for each item, one after the other. Returns undefined if no step had to be waited for. */
export function eachInOrder<T>(
  items: readonly T[],
  step: (item: T) => void | Promise<void>,
  from = 0,
): void | Promise<void> {
  for (let index = from; index < items.length; index++) {
    const pending = step(items[index] as T)
    if (pending !== undefined) return pending.then(() => eachInOrder(items, step, index + 1))
  }
}

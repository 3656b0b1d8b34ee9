import { type PageRequest, ServiceError } from '../../../domain/index.ts'

/** Actions on resources: the first action on all resources, then the next action. */
export interface SimulatedPairs {
  readonly actions: readonly string[]
  readonly arns: readonly string[]
}

/**
 * The results of an action on a page. A page has whole actions, unless an action has more resources than fit on a page.
 */
export interface SimulatedRow<T> {
  readonly action: string
  readonly results: readonly T[]
}

/** The simulation of an action on a resource. */
export interface SimulationOfPairs<T> {
  /** Returns the cost of a simulation before it runs. */
  readonly costOf: (action: string, arn: string) => number
  readonly evaluate: (action: string, arn: string) => T
}

/** The limits of a page: a shorter page with a marker is better than a slow or endless page. */
export interface SimulationLimits {
  readonly costMax: number
  /** The largest answer, in characters of JSON. */
  readonly sizeMax: number
}

/**
 * Simulates a page of pairs, and returns where the next page begins. A page has at least one pair: a pair that exceeds
 * a limit alone is refused. `after` comes from a client, which may have invented it. Throws InvalidInputException, or
 * the given error for an invalid marker.
 */
export function simulatePage<T>(
  { actions, arns }: SimulatedPairs,
  { after, limit }: PageRequest,
  { costOf, evaluate }: SimulationOfPairs<T>,
  { costMax, sizeMax }: SimulationLimits,
  invalidMarker: () => Error,
): { readonly items: readonly SimulatedRow<T>[]; readonly next: string | undefined } {
  const end = actions.length * arns.length
  const items: SimulatedRow<T>[] = []
  let index = after === undefined ? 0 : readIndex(after, end, invalidMarker)
  let cost = 0
  let size = 0
  while (index < end && items.length < limit) {
    const action = actions[Math.floor(index / arns.length)] as string
    const rest = arns.slice(index % arns.length)
    const results: T[] = []
    for (const arn of rest) {
      cost += costOf(action, arn)
      if (cost > costMax) break
      const result = evaluate(action, arn)
      size += JSON.stringify(result).length
      if (size > sizeMax) break
      results.push(result)
    }
    const isWhole = results.length === rest.length
    if (!isWhole && items.length > 0) break
    if (results.length === 0) throw cost > costMax ? tooMuchToEvaluate() : tooMuchToReturn()
    items.push({ action, results })
    index += results.length
    if (!isWhole) break
  }
  return { items, next: index < end ? String(index) : undefined }
}

/** Reads the position of a pair; a page never ends with any other text. */
function readIndex(text: string, end: number, invalidMarker: () => Error): number {
  const index = /^\d+$/.test(text) ? Number(text) : end
  if (index >= end) throw invalidMarker()
  return index
}

const tooMuchToEvaluate = () =>
  new ServiceError(
    'InvalidInputException',
    'The policies and the context take too much to evaluate for a single action and resource.',
  )

const tooMuchToReturn = () =>
  new ServiceError(
    'InvalidInputException',
    'The result for a single action and resource is larger than an answer can be.',
  )

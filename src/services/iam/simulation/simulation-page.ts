import { type PageRequest, ServiceError } from '../../../domain/index.ts'

/** Actions on resources: each action on all of them, then the next one. */
export interface SimulatedPairs {
  readonly actions: readonly string[]
  readonly arns: readonly string[]
}

/** Results for a page, of whole actions but where an action has more resources than a page can be about. */
export interface SimulatedRow<T> {
  readonly action: string
  readonly results: readonly T[]
}

export interface SimulationOfPairs<T> {
  /** Known before it is done. */
  readonly costOf: (action: string, arn: string) => number
  readonly evaluate: (action: string, arn: string) => T
}

/** What a page may take: one with less than was asked for, and a marker, is better than one that takes long or is endless. */
export interface SimulationLimits {
  readonly costMax: number
  /** Of an answer: in characters of JSON. */
  readonly sizeMax: number
}

/**
 * A page of simulations, and where the next one begins. A page has at least one pair: what is too much by itself is refused.
 * `after` comes from a client, who may have made it up. Throws InvalidInputException, or what is given for a marker.
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
    if (results.length === 0) throw cost > costMax ? tooMuchToEvaluate() : tooMuchToTell()
    items.push({ action, results })
    index += results.length
    if (!isWhole) break
  }
  return { items, next: index < end ? String(index) : undefined }
}

/** Nothing but what a page was ended with. */
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

const tooMuchToTell = () =>
  new ServiceError(
    'InvalidInputException',
    'The policies have more to tell of a single action and resource than an answer holds.',
  )

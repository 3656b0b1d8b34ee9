import { StepBudget, stepsMax } from '../../../access/index.ts'
import { type PageRequest, ServiceError } from '../../../domain/index.ts'
import { otherWork } from '../../../std/index.ts'

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

/** Simulates an action on a resource within the steps of a budget. Returns undefined if it takes more. */
export type PairSimulation<T> = (action: string, arn: string, budget: StepBudget) => T | undefined

/** The limits of a page: a shorter page with a marker is better than a slow or endless page. */
export interface SimulationLimits {
  /** The steps of all pairs of a page. */
  readonly stepsMax: number
  /** The largest answer, in characters of JSON. */
  readonly sizeMax: number
}

/** The steps after which other work of the thread gets its turn: about two milliseconds. */
const stepsPerTurn = 1_000_000

/**
 * Simulates a page of pairs, and returns where the next page begins. A page has at least one pair: a pair that exceeds
 * a limit alone is refused. A pair may take as many steps as a real call. `after` comes from a client, which may have
 * invented it. Throws InvalidInputException, or the given error for an invalid marker.
 */
export async function simulatePage<T>(
  { actions, arns }: SimulatedPairs,
  { after, limit }: PageRequest,
  simulate: PairSimulation<T>,
  limits: SimulationLimits,
  invalidMarker: () => Error,
): Promise<{ readonly items: readonly SimulatedRow<T>[]; readonly next: string | undefined }> {
  const end = actions.length * arns.length
  const items: SimulatedRow<T>[] = []
  let index = after === undefined ? 0 : readIndex(after, end, invalidMarker)
  let [stepsLeft, sizeLeft, turnLeft] = [limits.stepsMax, limits.sizeMax, stepsPerTurn]
  while (index < end && items.length < limit) {
    const action = actions[Math.floor(index / arns.length)] as string
    const rest = arns.slice(index % arns.length)
    const results: T[] = []
    for (const arn of rest) {
      const budget = new StepBudget(Math.min(stepsMax, stepsLeft))
      const result = simulate(action, arn, budget)
      stepsLeft -= budget.spent + stepsPerPair
      turnLeft -= budget.spent + stepsPerPair
      if (result === undefined || stepsLeft < 0) break
      const size = JSON.stringify(result).length
      sizeLeft -= size
      turnLeft -= size
      if (sizeLeft < 0) break
      results.push(result)
      if (turnLeft < 0) {
        await otherWork()
        turnLeft = stepsPerTurn
      }
    }
    const isWhole = results.length === rest.length
    if (!isWhole && items.length > 0) break
    if (results.length === 0) throw sizeLeft < 0 ? tooMuchToReturn() : tooMuchToEvaluate()
    items.push({ action, results })
    index += results.length
    if (!isWhole) break
  }
  return { items, next: index < end ? String(index) : undefined }
}

/** The steps of a pair besides those of its decision: its result is rendered and measured. */
const stepsPerPair = 1000

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

import type { Steps } from '../budget/step-budget.ts'
import type { CompiledPolicy, CompiledStatement } from './compile.ts'

/** The statements of a policy that name an action, and the steps of finding them. */
interface ForAction {
  readonly statements: readonly CompiledStatement[]
  readonly steps: number
}

/** The steps of a statement, besides those of its actions, resources and conditions. */
const perStatement = 16
/** The actions that a policy remembers. Few are asked for; a question about permissions can name any. */
const actionsMax = 32

const remembered = new WeakMap<CompiledPolicy, Map<string, ForAction>>()

/**
 * Returns the statements of a policy whose Action or NotAction fits an action in lower case. Requests ask for few actions, so that most
 * statements of a long policy are passed over without a look. The steps are those of a look at each statement, also when the answer is
 * remembered: a decision must not depend on the ones before it.
 */
export function statementsFor(
  policy: CompiledPolicy,
  action: string,
  steps: Steps,
): readonly CompiledStatement[] {
  const known = remembered.get(policy)?.get(action)
  if (known !== undefined) {
    steps.spend(known.steps)
    return known.statements
  }
  let spent = 0
  const counted: Steps = {
    spend(count) {
      spent += count
      steps.spend(count)
    },
  }
  const statements = policy.statements.filter(statement => {
    counted.spend(perStatement)
    return statement.matchesAction(action, counted)
  })
  remember(policy, action, { statements, steps: spent })
  return statements
}

function remember(policy: CompiledPolicy, action: string, found: ForAction): void {
  const ofPolicy = remembered.get(policy) ?? new Map<string, ForAction>()
  if (ofPolicy.size >= actionsMax) ofPolicy.clear()
  ofPolicy.set(action, found)
  remembered.set(policy, ofPolicy)
}

import { awsProblem, legacyProblem, type PolicyProblem } from '../policy/policy-problem.ts'
import { type GivenStatement, problemOfSid, readStatements } from './iam-statements.ts'
import { legacyFault, resourceFault } from './resource-rules.ts'

/** The use of an identity policy or a session policy. */
export type IdentityUse = 'managed' | 'inline' | 'session'

/**
 * Checks an identity policy or a session policy as IAM and STS do when it is put. Of several faults, AWS reports the first of
 * this order, whatever the order of the statements (recorded from AWS). `partitions` may stand in the ARNs of resources. Throws
 * PolicyProblem.
 */
export function checkIdentityDocument(
  document: Record<string, unknown>,
  use: IdentityUse,
  partitions: readonly string[],
): void {
  const statements = readStatements(document, use === 'session' ? 'session' : 'identity')
  if (use === 'managed' && document['Version'] !== '2012-10-17')
    throw awsProblem('Policy document must be version 2012-10-17 or greater.')
  throwFirst(statements, ({ legacy }) => legacy)
  const fault = faultOfResources(statements, partitions)
  if (fault === undefined) throwFirst(statements, legacyOfResources)
  checkSids(statements)
  throwFirst(statements, ({ hasPrincipal, where }) =>
    hasPrincipal ? awsProblem('Policy document should not specify a principal.', where) : undefined,
  )
  throwFirst(statements, ({ actions, where }) =>
    actions === undefined ? awsProblem('Policy statement must contain actions.', where) : undefined,
  )
  throwFirst(statements, ({ resources, where }) =>
    resources === undefined ? awsProblem('Policy statement must contain resources.', where) : undefined,
  )
  if (fault !== undefined) throw fault
  throwFirst(statements, ({ actions = [], where }) => {
    const text = actions.map(faultOfAction).find(item => item !== undefined)
    return text === undefined ? undefined : awsProblem(text, `${where}: Action`)
  })
}

function throwFirst(
  statements: readonly GivenStatement[],
  problemOf: (statement: GivenStatement) => PolicyProblem | undefined,
): void {
  for (const statement of statements) {
    const problem = problemOf(statement)
    if (problem !== undefined) throw problem
  }
}

function faultOfResources(
  statements: readonly GivenStatement[],
  partitions: readonly string[],
): PolicyProblem | undefined {
  for (const { resources = [], where } of statements) {
    for (const resource of resources) {
      const text = resourceFault(resource, partitions)
      if (text !== undefined) return awsProblem(text, `${where}: Resource`)
    }
  }
  return undefined
}

function legacyOfResources({ resources = [], where }: GivenStatement): PolicyProblem | undefined {
  const fault = resources.map(legacyFault).find(item => item !== undefined)
  return fault === undefined ? undefined : legacyProblem(fault, `${where}: Resource`)
}

function checkSids(statements: readonly GivenStatement[]): void {
  const sids = statements.map(({ sid }) => sid).filter(sid => sid !== '')
  if (new Set(sids).size !== sids.length)
    throw awsProblem('Statement IDs (SID) in a single policy must be unique.')
  throwFirst(statements, ({ sid, where }) => problemOfSid(sid, where))
}

function faultOfAction(action: string): string | undefined {
  if (action === '*') return undefined
  const [vendor = '', name, ...more] = action.split(':')
  if (name === undefined) return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
  if (more.length > 0) return 'Actions/Condition can contain only one colon.'
  if (/[*?]/.test(vendor)) return 'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.'
  return /^[a-zA-Z0-9.-]+$/.test(vendor) ? undefined : `Vendor ${vendor} is not valid`
}

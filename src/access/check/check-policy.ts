import { kmsActions } from '../../domain/index.ts'
import { compileWildcard } from '../pattern/wildcard.ts'
import { parsePolicy, type Statement } from '../policy/policy-document.ts'
import { type PolicyKind, policyGrammars } from '../policy/policy-kind.ts'
import { invalidPrincipalsText } from '../policy/policy-principal.ts'
import { PolicyProblem } from '../policy/policy-problem.ts'
import { checkNewPolicy, type PolicyUse } from '../put/new-policy.ts'
import { checkConditions } from './check-conditions.ts'
import { checkEndpointDemand } from './check-endpoint-demand.ts'
import { error, type PolicyFinding, warning } from './policy-finding.ts'

/** The use whose rules hold for policies of a kind; a boundary is a managed policy. Policies of organizations have no more rules. */
const uses: Partial<Record<PolicyKind, PolicyUse>> = {
  key: 'key',
  identity: 'inline',
  trust: 'trust',
  boundary: 'managed',
  session: 'session',
  endpoint: 'endpoint',
}

/**
 * Checks a policy document as the operations that store it do, and for access that its author probably does not intend.
 * `accountId` is the account of the key, if it is known.
 */
export function checkPolicy(text: string, kind: PolicyKind, accountId?: string): PolicyFinding[] {
  const { sizeMax } = policyGrammars[kind]
  if (text.length > sizeMax) return [error('tooLong', '', `The policy is longer than ${sizeMax} characters.`)]
  let statements: readonly Statement[]
  try {
    const use = uses[kind]
    if (use !== undefined) checkNewPolicy(text, use)
    statements = parsePolicy(text, kind).statements
  } catch (problem) {
    if (!(problem instanceof PolicyProblem)) throw problem
    return [refusal(problem)]
  }
  return [
    ...(kind === 'key' ? [...checkLockout(statements, accountId), ...checkEndpointDemand(statements)] : []),
    ...statements.flatMap((statement, index) => checkStatement(statement, kind, `Statement ${index + 1}`)),
  ]
}

function refusal({ message, place }: PolicyProblem): PolicyFinding {
  if (message !== invalidPrincipalsText) return error('malformed', place, message)
  const advice = 'A principal is the whole ARN of an account, a user, a role or a session, without wildcards'
  return error(
    'invalidPrincipal',
    place,
    `${message} ${advice}; a condition on aws:PrincipalArn can have wildcards.`,
  )
}

const putKeyPolicy = 'kms:putkeypolicy'

/** The lockout safety check of AWS KMS, for any caller that could store the policy. */
function checkLockout(statements: readonly Statement[], accountId: string | undefined): PolicyFinding[] {
  const ofPolicy = statements.filter(statement => coversAction(statement, putKeyPolicy))
  const isOpen = ofPolicy.some(item => item.effect === 'Allow' && namesAccount(item, accountId))
  const isClosed = ofPolicy.some(
    item => item.effect === 'Deny' && item.conditions.length === 0 && deniesAccount(item, accountId),
  )
  if (isOpen && !isClosed) return []
  const who = accountId === undefined ? 'Nobody' : `Nobody in account ${accountId}`
  return [
    error('locksOut', '', `${who} could change this key policy again: kms:PutKeyPolicy is not allowed.`),
  ]
}

function coversAction({ actions, resources }: Statement, action: string): boolean {
  if (resources?.items.length === 0) return false
  const isListed = actions.items.some(item => compileWildcard(item.toLowerCase())(action))
  return isListed !== actions.isNot
}

/** Whether an Allow names a principal of the account, or of any account if the account is not known. */
function namesAccount({ principals }: Statement, accountId: string | undefined): boolean {
  if (principals === undefined || principals.isNot) return true
  return principals.items.some(principal => {
    if (principal.type === 'everyone') return true
    const named =
      principal.type === 'account'
        ? principal.accountId
        : principal.type === 'arn'
          ? principal.arn.split(':')[4]
          : undefined
    return named !== undefined && (accountId === undefined || named === accountId)
  })
}

function deniesAccount({ principals }: Statement, accountId: string | undefined): boolean {
  if (principals === undefined || principals.isNot) return false
  return principals.items.some(
    principal =>
      principal.type === 'everyone' || (principal.type === 'account' && principal.accountId === accountId),
  )
}

function checkStatement(statement: Statement, kind: PolicyKind, place: string): PolicyFinding[] {
  return [
    ...checkEffect(statement, place),
    ...checkOpenness(statement, kind, place),
    ...checkNotElements(statement, place),
    ...checkActions(statement, kind, place),
    ...checkVersion(statement, place),
    ...checkConditions(statement, place),
  ]
}

function checkEffect({ actions, resources }: Statement, place: string): PolicyFinding[] {
  return [
    ...(actions.items.length === 0 ? ['Action'] : []),
    ...(resources?.items.length === 0 ? ['Resource'] : []),
  ].map(element => warning('noEffect', place, `The statement has no ${element}, so it has no effect.`))
}

/** Finds a statement that allows everyone. An endpoint's default policy does, and leaves the decision to other policies. */
function checkOpenness(statement: Statement, kind: PolicyKind, place: string): PolicyFinding[] {
  const { effect, principals, conditions, actions } = statement
  const isEveryone = principals?.isNot === false && principals.items.some(({ type }) => type === 'everyone')
  const isHarmless = effect === 'Deny' || conditions.length > 0 || actions.items.length === 0
  if (!isEveryone || isHarmless || kind === 'endpoint' || kind === 'resourceControl') return []
  const who =
    'every identity of its account, and every identity of other accounts whose own policies allow it'
  return [warning('opensToAll', `${place}: Principal`, `Without a condition this allows ${who}.`)]
}

function checkNotElements({ effect, principals, actions, resources }: Statement, place: string) {
  const findings: PolicyFinding[] = []
  const isAllow = effect === 'Allow'
  if (isAllow && actions.isNot)
    findings.push(
      warning(
        'allowWithNotAction',
        place,
        'It allows every action except these, including all future actions.',
      ),
    )
  if (isAllow && resources?.isNot)
    findings.push(warning('allowWithNotResource', place, 'It allows every resource except these.'))
  if (isAllow && principals?.isNot)
    findings.push(
      warning('allowWithNotPrincipal', place, 'It allows everyone except these, in every account.'),
    )
  if (!isAllow && principals?.isNot)
    findings.push(
      warning(
        'denyWithNotPrincipal',
        place,
        'It denies every principal that is not listed together with its account, every session that is not listed with its role too, and every principal with a permissions boundary. A Deny with a condition on aws:PrincipalArn is clearer.',
      ),
    )
  return findings
}

function checkActions({ actions }: Statement, kind: PolicyKind, place: string): PolicyFinding[] {
  const elementPlace = `${place}: ${actions.isNot ? 'NotAction' : 'Action'}`
  return actions.items.flatMap(action => {
    const lower = action.toLowerCase()
    if (lower.startsWith('kms:')) {
      const matches = compileWildcard(lower)
      if (kmsActions.some(known => matches(`kms:${known.toLowerCase()}`))) return []
      return [warning('unknownAction', elementPlace, `AWS KMS has no action ${action}.`)]
    }
    if (kind !== 'key' || action === '*') return []
    return [warning('noEffect', elementPlace, `${action} is not an action on a KMS key.`)]
  })
}

/** Finds policy variables in documents of the older version, where they are plain text. */
function checkVersion({ resources, conditions }: Statement, place: string): PolicyFinding[] {
  const advice = 'is not a policy variable here: policy variables need "Version": "2012-10-17".'
  const isLiteral = (text: string) => /\$\{[^*?$]/.test(text)
  const inResources = (resources?.items ?? [])
    .filter(({ text, template }) => isLiteral(text) && template.every(({ type }) => type === 'text'))
    .map(({ text }) => warning('literalVariable', `${place}: Resource`, `'${text}' ${advice}`))
  const inConditions = conditions
    .filter(({ values, variables }) => variables.length === 0 && values.some(isLiteral))
    .map(({ operator, key, values }) =>
      warning(
        'literalVariable',
        `${place}: Condition: ${operator}: ${key}`,
        `'${values.find(isLiteral)}' ${advice}`,
      ),
    )
  return [...inResources, ...inConditions]
}

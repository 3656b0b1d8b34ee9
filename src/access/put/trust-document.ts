import { isAccountId, isPrincipalId, parsePrincipalArn } from '../../domain/index.ts'
import { objectOf, stringsOf } from '../policy/policy-json.ts'
import { awsProblem, PolicyProblem } from '../policy/policy-problem.ts'
import { problemOfSid } from './iam-statements.ts'

const cognito = 'cognito-identity.amazonaws.com'

/** Checks the principals of a role's trust policy as IAM does when it is put. The texts were recorded from AWS. Throws PolicyProblem. */
export function checkTrustDocument(document: Record<string, unknown>): void {
  const { Statement: given = [] } = document
  const statements = Array.isArray(given) ? given : [given]
  if (statements.length === 0) throw new PolicyProblem('The policy has no statements')
  for (const [index, statement] of statements.entries()) {
    const where = `Statement ${index + 1}`
    const { Sid: sid = '', Principal, NotPrincipal, Condition } = objectOf(statement, where)
    const problem = typeof sid === 'string' ? problemOfSid(sid, where) : undefined
    if (problem !== undefined) throw problem
    const principal = Principal ?? NotPrincipal
    if (principal !== undefined) checkPrincipal(principal, Condition !== undefined, `${where}: Principal`)
  }
}

function checkPrincipal(principal: unknown, hasCondition: boolean, place: string): void {
  // IAM takes {"AWS": "*"}, which means the same.
  if (principal === '*')
    throw awsProblem('AssumeRolepolicy contained an invalid principal: "STAR":"*".', place)
  const named = Object.entries(objectOf(principal, place)).flatMap(([type, names]) =>
    stringsOf(names, place).map(name => ({ type, name })),
  )
  if (named.length === 0)
    throw awsProblem(
      'Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!',
      place,
    )
  for (const { type, name } of named) {
    if (type === 'AWS' && !isAwsPrincipal(name))
      throw awsProblem(`Invalid principal in policy: "AWS":"${name}"`, place)
    if (type === 'Service' && !isService(name))
      throw awsProblem(`Invalid principal in policy: "SERVICE":"${name}"`, place)
    if (type !== 'Federated') continue
    if (!isProvider(name))
      throw awsProblem('Federated principals must be valid domain names or SAML metadata ARNs', place)
    if (name === cognito && !hasCondition)
      throw awsProblem('A condition block must be present for the Cognito provider', place)
  }
}

const isAwsPrincipal = (name: string) =>
  name === '*' || isAccountId(name) || isPrincipalId(name) || parsePrincipalArn(name) !== undefined

const isService = (name: string) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)

/** A domain name, which can have a port and a path here, or the ARN of a provider. */
const isProvider = (name: string) =>
  /^arn:[a-z-]+:iam::\d{12}:(?:saml|oidc)-provider\/\S+$/.test(name) ||
  (/^[A-Za-z0-9.-]+(?::\d+)?(?:\/\S*)?$/.test(name) && !name.startsWith('arn:'))

import { consoleSids, isAdministration, isAttachment, isSameSet, isUse } from './console-policy.ts'
import { memberOf, partsOf } from './json-parts.ts'
import { readJson } from './json-text.ts'

export type Statement = Readonly<Record<string, unknown>>

/** A statement and its place in the text of its policy. */
export interface Found {
  readonly index: number
  readonly from: number
  readonly value: Statement
}

/** The statements that AWS's console writes, as far as a policy has them. */
export interface Roles {
  readonly account?: Found | undefined
  readonly administrators?: Found | undefined
  readonly users?: Found | undefined
  readonly attachment?: Found | undefined
}

/** The id of the account that a principal stands for; undefined for users, roles and deleted ones. */
export const accountIn = (principal: string) =>
  /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1]

/** A text or a list of texts as a list. */
export const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter(item => typeof item === 'string')

/** The statements of a policy, and the ones of AWS's console among them, for a key of `accountId`. Undefined if the text is no policy without faults. */
export function findStatements(
  text: string,
  accountId: string,
): { readonly statements: readonly Found[]; readonly roles: Roles } | undefined {
  const { value, faults } = readJson(text)
  if (faults.length > 0 || !isObject(value)) return undefined
  const part = memberOf(text, 0, 'Statement')
  if (part === undefined) return undefined
  const isList = text[part.from] === '['
  const statements = (isList ? partsOf(text, part.from) : [part]).map(({ from, to }, index): Found => {
    return { index, from, value: JSON.parse(text.slice(from, to)) as Statement }
  })
  if (!statements.every(({ value: statement }) => isObject(statement))) return undefined
  return { statements, roles: rolesOf(statements, accountId) }
}

const isObject = (value: unknown): value is Statement =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function rolesOf(statements: readonly Found[], accountId: string): Roles {
  const find = (sid: string, isKnown: (actions: string[]) => boolean) =>
    statements.find(({ value }) => {
      return value['Sid'] === sid && isPlain(value) && isKnown(listOf(value['Action']))
    })
  const users = find(consoleSids.users, isUse)
  const attachment = statements.find(
    ({ value }) =>
      value['Sid'] === consoleSids.attachment &&
      isForServices(value['Condition']) &&
      isPlain({ ...value, Condition: undefined }) &&
      isAttachment(listOf(value['Action'])) &&
      users !== undefined &&
      isSameSet(namesIn(value), namesIn(users.value)),
  )
  return {
    account: statements.find(({ value }) => isOfAccount(value, accountId)),
    administrators: find(consoleSids.administrators, isAdministration),
    users,
    attachment,
  }
}

const namesIn = ({ Principal }: Statement) => listOf((Principal as Statement)['AWS'])

/** The statement for the account has had several titles: it is known by its content. */
function isOfAccount(value: Statement, accountId: string): boolean {
  return (
    hasOnly(value, ['Sid', 'Effect', 'Principal', 'Action', 'Resource']) &&
    value['Effect'] === 'Allow' &&
    isSameSet(listOf(value['Action']), ['kms:*']) &&
    isSameSet(listOf(value['Resource']), ['*']) &&
    isObject(value['Principal']) &&
    namesIn(value).length === 1 &&
    accountIn(namesIn(value)[0] ?? '') === accountId
  )
}

/** Whether a statement allows actions to named principals without a condition, as those of the console do. */
function isPlain(value: Statement): boolean {
  const { Principal: principal } = value
  if (!isObject(principal) || Object.keys(principal).join() !== 'AWS') return false
  const names = listOf(principal['AWS'])
  return (
    hasOnly(value, ['Sid', 'Effect', 'Principal', 'Action', 'Resource']) &&
    value['Effect'] === 'Allow' &&
    isSameSet(listOf(value['Resource']), ['*']) &&
    names.length === [principal['AWS']].flat().length &&
    names.every(name => /^(?:arn:\S+|\d{12}|A(?:IDA|ROA)[A-Z0-9]+)$/.test(name))
  )
}

const hasOnly = (value: Statement, names: readonly string[]) =>
  Object.keys(value).every(name => names.includes(name) || value[name] === undefined)

/** The condition of the statement for services: AWS's documentation has a boolean, and the policies of its console have a text. */
const isForServices = (condition: unknown) =>
  ['"true"', 'true', '["true"]'].some(
    value => JSON.stringify(condition) === `{"Bool":{"kms:GrantIsForAWSResource":${value}}}`,
  )

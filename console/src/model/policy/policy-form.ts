import { accountArn, consoleSids, deletion, makePolicy, type PolicyChoices } from './console-policy.ts'
import { memberOf, partsOf, spliced, withItem, withoutItem, writtenAt } from './json-parts.ts'
import {
  accountIn,
  type Found,
  findStatements,
  listOf,
  type Roles,
  type Statement,
} from './policy-statements.ts'

/** The facts of a key that decide which statements its policy gets. */
export type KeyKind = Pick<
  PolicyChoices,
  'accountId' | 'partition' | 'keyType' | 'keyUsage' | 'origin' | 'isMultiRegion'
>

/** A statement that the form does not change. */
export interface OtherStatement {
  /** The `Sid`; the number of the statement if it has none. */
  readonly name: string
  readonly effect: string
  readonly principals: readonly string[]
  readonly actions: readonly string[]
  /** The line on which it begins, from 1. */
  readonly line: number
}

/** A key policy in the form of AWS's console, with everything that this form does not know. */
export interface PolicyForm {
  readonly administrators: readonly string[]
  readonly mayDelete: boolean
  /** Users, roles and sessions, and the ids of deleted ones. */
  readonly users: readonly string[]
  /** The ids of other accounts that use the key. */
  readonly otherAccounts: readonly string[]
  readonly others: readonly OtherStatement[]
  /** The statements whose title is taken by one of a different form, so that the form cannot write them. */
  readonly taken: readonly ('administrators' | 'users')[]
}

/** A form, or the reason why there is none. */
export type ReadForm = { readonly form: PolicyForm } | { readonly reason: string }

/** Reads a key policy into the form of AWS's console (AWS KMS developer guide, "Changing a key policy": default view). */
export function readForm(text: string, accountId: string): ReadForm {
  const found = findStatements(text, accountId)
  if (found === undefined)
    return { reason: 'The text is not a policy with statements, so it has no form view.' }
  const { statements, roles } = found
  const isKnown = Object.values(roles).some(statement => statement !== undefined)
  if (!isKnown)
    return {
      reason:
        'No statement has the form that the console writes, so the policy has no form view. Change it as text.',
    }
  const { administrators, users } = roles
  const known = new Set(Object.values(roles))
  const { accounts, principals } = splitAccounts(principalsOf(users), accountId)
  return {
    form: {
      administrators: principalsOf(administrators),
      mayDelete: administrators === undefined || hasDeletion(administrators),
      users: principals,
      otherAccounts: accounts,
      others: statements
        .filter(statement => !known.has(statement))
        .map(statement => otherOf(statement, text)),
      taken: (['administrators', 'users'] as const).filter(
        role =>
          roles[role] === undefined && statements.some(({ value }) => value['Sid'] === consoleSids[role]),
      ),
    },
  }
}

/**
 * Writes a form into the policy that it was read from. Everything else in the text stays as it is, character for character, and so does
 * every statement that the form does not change.
 */
export function writeForm(text: string, form: PolicyForm, kind: KeyKind): string {
  const before = readForm(text, kind.accountId)
  if (!('form' in before)) return text
  const listed = asList(text)
  const written = writeUsers(writeAdministrators(listed, before.form, form, kind), before.form, form, kind)
  return written === listed ? text : written
}

const principalsOf = (statement: Found | undefined) =>
  statement === undefined ? [] : listOf((statement.value['Principal'] as Statement)['AWS'])

const hasDeletion = ({ value }: Found) => listOf(value['Action']).includes(deletion[0] ?? '')

function splitAccounts(all: readonly string[], accountId: string) {
  const otherIn = (principal: string) => {
    const account = accountIn(principal)
    return account === accountId ? undefined : account
  }
  return {
    accounts: [...new Set(all.flatMap(principal => otherIn(principal) ?? []))],
    principals: all.filter(principal => otherIn(principal) === undefined),
  }
}

function otherOf({ value, from, index }: Found, text: string): OtherStatement {
  const texts = (member: unknown): string[] =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.values(member).flatMap(texts)
      : listOf(member)
  const not = (name: string) => texts(value[`Not${name}`]).map(item => `not ${item}`)
  return {
    name: typeof value['Sid'] === 'string' ? value['Sid'] : `Statement ${index + 1}`,
    effect: String(value['Effect']),
    principals: [...texts(value['Principal']), ...not('Principal')],
    actions: [...texts(value['Action']), ...not('Action')],
    line: text.slice(0, from).split('\n').length,
  }
}

/** A policy may have one statement without a list. The list is added, so that others can follow. */
function asList(text: string): string {
  const part = memberOf(text, 0, 'Statement')
  if (part === undefined || text[part.from] === '[') return text
  return spliced(text, part, `[${text.slice(part.from, part.to)}]`)
}

const listAt = (text: string) => memberOf(text, 0, 'Statement')?.from ?? 0
const rolesIn = (text: string, { accountId }: KeyKind): Roles => findStatements(text, accountId)?.roles ?? {}

function writeAdministrators(text: string, before: PolicyForm, form: PolicyForm, kind: KeyKind): string {
  const { administrators, mayDelete } = form
  const { account, administrators: found } = rolesIn(text, kind)
  if (before.taken.includes('administrators')) return text
  if (found === undefined) {
    const [made] = generated({ ...form, users: [], otherAccounts: [] }, kind)
    const place = account === undefined ? 0 : account.index + 1
    return made === undefined ? text : withItem(text, listAt(text), place, made)
  }
  if (administrators.length === 0) return withoutItem(text, listAt(text), found.index)
  const withPrincipals = setPrincipals(text, found.index, administrators)
  if (mayDelete === before.mayDelete) return withPrincipals
  const kept = listOf(found.value['Action']).filter(action => !deletion.includes(action))
  return setMember(withPrincipals, found.index, 'Action', mayDelete ? [...kept, ...deletion] : kept)
}

function writeUsers(text: string, before: PolicyForm, form: PolicyForm, kind: KeyKind): string {
  const { account, administrators, users, attachment } = rolesIn(text, kind)
  const arns = [...form.users, ...form.otherAccounts.map(id => accountArn(kind.partition, id))]
  if (before.taken.includes('users')) return text
  if (users === undefined) {
    const made = generated({ ...form, administrators: [] }, kind)
    const place = Math.max(account?.index ?? -1, administrators?.index ?? -1) + 1
    // The last one first: each pushes the others down.
    return made
      .toReversed()
      .reduce((written, statement) => withItem(written, listAt(written), place, statement), text)
  }
  const isSame = isSameList(before.users, form.users) && isSameList(before.otherAccounts, form.otherAccounts)
  if (isSame) return text
  // The attachment is known by its principals, which are those of the use: it is written while both are there.
  const places = [users, ...(attachment === undefined ? [] : [attachment])].map(({ index }) => index)
  return places
    .toSorted((a, b) => b - a)
    .reduce(
      (written, index) =>
        arns.length === 0
          ? withoutItem(written, listAt(written), index)
          : setPrincipals(written, index, arns),
      text,
    )
}

const isSameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((item, index) => item === b[index])

/** The statements that the console writes for a form, without that of the account. */
const generated = (form: PolicyForm, kind: KeyKind) => makePolicy({ ...kind, ...form }).Statement.slice(1)

/** Gives a statement its principals. The ones that it has stay in their place and form. */
function setPrincipals(text: string, index: number, wanted: readonly string[]): string {
  const now = listOf(statementAt(text, index).AWS)
  const nameOf = (principal: string) => accountIn(principal) ?? principal
  const names = new Set(wanted.map(nameOf))
  const there = new Set(now.map(nameOf))
  const next = [
    ...now.filter(item => names.has(nameOf(item))),
    ...wanted.filter(item => !there.has(nameOf(item))),
  ]
  if (isSameList(now, next)) return text
  return setMember(text, index, 'Principal', { AWS: next.length === 1 ? next[0] : next })
}

function statementAt(text: string, index: number): { readonly AWS: unknown } {
  const part = memberOf(text, placeOf(text, index), 'Principal')
  return JSON.parse(part === undefined ? '{}' : text.slice(part.from, part.to)) as { AWS: unknown }
}

const placeOf = (text: string, index: number) => partsOf(text, listAt(text))[index]?.from ?? 0

function setMember(text: string, index: number, name: string, value: unknown): string {
  const part = memberOf(text, placeOf(text, index), name)
  return part === undefined ? text : spliced(text, part, writtenAt(text, part.from, value))
}

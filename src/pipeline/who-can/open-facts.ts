import { findConditionKey, type OpenFacts } from '../../access/index.ts'
import type { AccessListQuestion, ConditionSource } from '../../operation/index.ts'
import { type Candidate, callersOf } from './candidate.ts'

/** The condition keys whose values, or absence, the key, the Region and the moment of the question give. */
const ofQuestion =
  /^aws:(?:resourceaccount|resourceorg(?:id|paths)|resourcetag\/.*|requestedregion|currenttime|epochtime)$/s

/** The condition keys whose values, or absence, the caller gives. */
const ofCaller = /^aws:(?:principal.*|userid|username)$/s

/** The condition keys of the caller that are not known all the same. A session of a role can have tags of its own. */
const openOf = {
  Root: undefined,
  User: undefined,
  Service: undefined,
  Role: /^aws:(?:userid$|principaltag\/)/,
  Session: /^aws:principaltag\//,
  FederatedUser: /^aws:principaltag\//,
} as const

/** The condition keys of a caller that its account does not reveal. */
const openOfForeign = {
  User: /^aws:(?:userid$|principaltag\/|principalorg)/,
  FederatedUser: /^aws:(?:principaltag\/|principalorg)/,
  Role: /^aws:(?:userid$|principaltag\/|principalorg)/,
  Session: /^aws:(?:userid$|principaltag\/|principalorg|principalarn$)/,
  // Any principal of the account, and of any account.
  Account: /^aws:(?!principalaccount$)/,
  Everyone: /^aws:/,
} as const

/** The question, as far as it decides which facts are open. */
type OpenQuestion = Pick<AccessListQuestion, 'action' | 'given' | 'scope' | 'sourceOf'>

/** Returns what is not known about the requests of a candidate: what neither the key, the candidate nor the question gives. */
export function openFactsOf(candidate: Candidate, question: OpenQuestion): OpenFacts {
  const known = new Set([...question.given.keys()].map(name => name.toLowerCase()))
  const action = question.action.slice(question.action.indexOf(':') + 1)
  const open = openKeysOf(candidate)
  const isOpen = (name: string): boolean => {
    if (known.has(name) || ofQuestion.test(name)) return false
    if (!name.startsWith('aws:')) return isOpenSource(question.sourceOf(name), candidate)
    if (ofCaller.test(name)) return open?.test(name) === true
    const facts = findConditionKey(name)
    return facts !== undefined && (facts.actions === undefined || facts.actions.includes(action))
  }
  const settle = candidate.type === 'Everyone' ? settleOf(question, known) : undefined
  return { isOpen: remember(isOpen), callers: callersOf(candidate), settle }
}

const isOpenSource = (source: ConditionSource, { type }: Candidate) =>
  source === 'request' || (source === 'callerAccount' && type === 'Everyone')

function openKeysOf({ type, isForeign }: Candidate): RegExp | undefined {
  const keys: Partial<Record<string, RegExp>> = isForeign ? openOfForeign : openOf
  return keys[type]
}

/** A decision asks for the same few keys again and again. */
function remember(isOpen: (name: string) => boolean): (name: string) => boolean {
  const answers = new Map<string, boolean>()
  return name => {
    const known = answers.get(name)
    if (known !== undefined) return known
    const answer = isOpen(name)
    answers.set(name, answer)
    return answer
  }
}

/**
 * The principals of the key's own account have rows of their own. So a condition that only that account can meet is met by nobody else,
 * as in the policies of AWS managed keys, which name everyone.
 */
function settleOf({ scope, sourceOf }: OpenQuestion, known: ReadonlySet<string>): OpenFacts['settle'] {
  return ({ operator, contextKey, values }) => {
    const isAccount = contextKey === 'aws:principalaccount' || sourceOf(contextKey) === 'callerAccount'
    if (!isAccount || known.has(contextKey)) return undefined
    if (values.length === 0 || !values.every(value => value === scope.accountId)) return undefined
    if (/^String(?:Equals|EqualsIgnoreCase|Like)$/.test(operator)) return false
    return /^StringNot(?:Equals|EqualsIgnoreCase|Like)$/.test(operator) ? true : undefined
  }
}

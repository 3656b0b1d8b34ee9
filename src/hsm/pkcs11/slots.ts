import { flag, mechanism } from './constants.ts'
import type { Cryptoki } from './cryptoki.ts'
import { CryptokiError } from './cryptoki-calls.ts'
import { TokenProblem } from './problem.ts'
import type { TokenFacts } from './structures.ts'

/** A token as its library describes it. */
export interface TokenDescription {
  /** The number of the slot. */
  readonly slot: string
  readonly slotDescription: string
  readonly label: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  readonly isInitialized: boolean
  readonly hasUserPin: boolean
  /** The state of the user PIN, as the token reports it. */
  readonly pin: 'ok' | 'wrong PIN was given' | 'final try' | 'locked'
  /** The mechanisms that it has, of those that matter here. */
  readonly mechanisms: readonly string[]
}

/** Returns the slot of the token with a label. Throws TokenProblem. */
export function slotOf(cryptoki: Cryptoki, label: string): bigint {
  const slots = cryptoki.slots().filter(slot => {
    const facts = factsIfAny(cryptoki, slot)
    return facts?.label === label && (facts.flags & flag.tokenInitialized) !== 0n
  })
  const [slot] = slots
  if (slot === undefined) throw new TokenProblem('Away', `there is no token ${label}`)
  if (slots.length > 1)
    throw new TokenProblem('AmbiguousToken', `${slots.length} tokens have the label ${label}`)
  return slot
}

/** A different token that is broken or was just pulled must not stop this one. */
function factsIfAny(cryptoki: Cryptoki, slot: bigint): TokenFacts | undefined {
  try {
    return cryptoki.tokenFacts(slot)
  } catch (error) {
    if (error instanceof CryptokiError) return undefined
    throw error
  }
}

/** Returns the description of a token. */
export function describeToken(cryptoki: Cryptoki, slot: bigint): TokenDescription {
  const { label, manufacturer, model, serial, slotDescription, flags } = cryptoki.tokenFacts(slot)
  const mechanisms = cryptoki.mechanisms(slot).flatMap(type => listedNames.get(type) ?? [])
  const has = (bit: bigint) => (flags & bit) !== 0n
  return {
    ...{ slot: String(slot), slotDescription, label, manufacturer, model, serial },
    isInitialized: has(flag.tokenInitialized),
    hasUserPin: has(flag.userPinInitialized),
    pin: pinStateOf(has),
    mechanisms,
  }
}

/** A token, or a slot whose token does not answer as it must. */
export type ListedToken = TokenDescription | { readonly slot: string; readonly problem: string }

/** Lists the tokens. One that is broken or was just pulled is listed with what it answered, among the others. */
export function listTokens(cryptoki: Cryptoki): ListedToken[] {
  return cryptoki.slots().map(slot => {
    try {
      return describeToken(cryptoki, slot)
    } catch (error) {
      if (!(error instanceof CryptokiError)) throw error
      return { slot: String(slot), problem: error.message }
    }
  })
}

/** CKM_ numbers of the mechanisms that an operator may look for. */
const listedMechanisms: Readonly<Record<string, bigint>> = {
  'AES-KEY-GEN': mechanism.aesKeyGeneration,
  'AES-GCM': mechanism.aesGcm,
  'AES-KEY-WRAP': mechanism.aesKeyWrap,
  'AES-KEY-WRAP-PAD': mechanism.aesKeyWrapPad,
  'RSA-OAEP': mechanism.rsaOaep,
  'RSA-PSS': 0xdn,
  ECDSA: 0x1041n,
  'ECDH1-DERIVE': 0x1050n,
  EDDSA: 0x1057n,
  'SHA256-HMAC': 0x251n,
}

const listedNames = new Map(Object.entries(listedMechanisms).map(([name, type]) => [type, name]))

function pinStateOf(has: (bit: bigint) => boolean): TokenDescription['pin'] {
  if (has(flag.userPinLocked)) return 'locked'
  if (has(flag.userPinFinalTry)) return 'final try'
  return has(flag.userPinCountLow) ? 'wrong PIN was given' : 'ok'
}

import type { Buffer } from 'node:buffer'
import {
  type ExternalKeyMetadata,
  isXksErrorName,
  type XksCiphertext,
  xksIntegrityValue,
  xksLimits,
  xksVectorSizesBytes,
} from '../../domain/index.ts'
import { decodeBase64, equalConstantTime, isJsonObject, parseJson, shownText } from '../../std/index.ts'
import type { ProxyAnswer } from './proxy-exchange.ts'
import { malformed, ProxyRefusal } from './proxy-failure.ts'

// The answers of proxies, which are read strictly (XKS proxy API specification, "API operations"). All functions throw XksFailure.

const textLengthMax = 1024

/** The states that a key manager behind a proxy can have. */
export const keyManagerStates = ['ACTIVE', 'DEGRADED', 'UNAVAILABLE'] as const
/** The state of a key manager behind a proxy. */
export type KeyManagerState = (typeof keyManagerStates)[number]

/** How many key managers behind a proxy are in each state. */
export type KeyManagerCounts = Readonly<Record<KeyManagerState, number>>

/** Reads the answer of Encrypt to a plaintext of a size. */
export function readEncrypted(
  answer: ProxyAnswer,
  plaintextSizeBytes: number,
  associatedData: Uint8Array,
): XksCiphertext {
  const body = readBody(answer)
  const sealed = {
    ciphertext: readBytes(body, 'ciphertext', [plaintextSizeBytes]),
    initializationVector: readBytes(body, 'initializationVector', xksVectorSizesBytes),
    authenticationTag: readBytes(body, 'authenticationTag', [xksLimits.tagSizeBytes]),
    metadata: body['ciphertextMetadata'] === undefined ? none : readBytes(body, 'ciphertextMetadata'),
  }
  if (sealed.metadata.length > xksLimits.metadataSizeBytes)
    throw malformed(`ciphertextMetadata has more than ${xksLimits.metadataSizeBytes} bytes`)
  const integrityValue = readBytes(body, 'ciphertextDataIntegrityValue', [32])
  if (!equalConstantTime(integrityValue, xksIntegrityValue(associatedData, sealed)))
    throw malformed('ciphertextDataIntegrityValue is not that of the answer')
  return sealed
}

/** Reads the answer of Decrypt to a ciphertext of a size. */
export function readDecrypted(answer: ProxyAnswer, ciphertextSizeBytes: number): Buffer {
  return readBytes(readBody(answer), 'plaintext', [ciphertextSizeBytes])
}

/** Reads the answer of GetKeyMetadata. */
export function readKeyMetadata(answer: ProxyAnswer): ExternalKeyMetadata {
  const body = readBody(answer)
  const { keyUsage } = body
  if (!Array.isArray(keyUsage) || keyUsage.length > xksLimits.keyUsages)
    throw malformed(`keyUsage is not a list of at most ${xksLimits.keyUsages} items`)
  return {
    keySpec: readText(body, 'keySpec'),
    keyUsage: keyUsage.map(item => checkText(item, 'an item of keyUsage')),
    keyStatus: readOneOf(body, 'keyStatus', ['ENABLED', 'DISABLED']),
  }
}

/** Reads the answer of GetHealthStatus. */
export function readHealth(answer: ProxyAnswer): KeyManagerCounts {
  const body = readBody(answer)
  const { xksProxyFleetSize, ekmFleetDetails } = body
  if (!Number.isSafeInteger(xksProxyFleetSize) || (xksProxyFleetSize as number) < 1)
    throw malformed('xksProxyFleetSize is not an integer above zero')
  for (const name of ['xksProxyVendor', 'xksProxyModel', 'ekmVendor']) readText(body, name)
  const count = Array.isArray(ekmFleetDetails) ? ekmFleetDetails.length : 0
  if (!Array.isArray(ekmFleetDetails) || count < 1 || count > xksLimits.fleetMembers)
    throw malformed(`ekmFleetDetails is not a list of 1 to ${xksLimits.fleetMembers} items`)
  const counts = { ACTIVE: 0, DEGRADED: 0, UNAVAILABLE: 0 }
  for (const details of ekmFleetDetails as unknown[]) {
    if (!isJsonObject(details)) throw malformed('an item of ekmFleetDetails is not an object')
    for (const name of ['id', 'model']) readText(details, name)
    counts[readOneOf(details, 'healthStatus', keyManagerStates)]++
  }
  return counts
}

const none = new Uint8Array()

/** Reads the object of an answer without an error. */
function readBody({ status, body }: ProxyAnswer): Record<string, unknown> {
  const value = parse(body)
  if (status === 200 && isJsonObject(value)) return value
  if (status === 200) throw malformed('the answer is no JSON object')
  if (status < 400 || !isJsonObject(value)) throw malformed(`the answer has status ${status} and no error`)
  const { errorName, errorMessage } = value
  if (typeof errorName !== 'string' || !isXksErrorName(errorName))
    throw new ProxyRefusal(
      'malformed',
      `the answer has status ${status} and no known error`,
      shown(errorName),
    )
  throw new ProxyRefusal(errorName, `the proxy answered with status ${status}`, shown(errorMessage))
}

/** Returns the value of an answer; undefined if it is no JSON, or has a member twice, so that readers may differ about it. */
function parse(body: Buffer): unknown {
  const text = body.toString('utf8')
  try {
    const value = parseJson(text)
    return countNames(text) === countMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Counts the names of members in a text that is JSON: the texts in it with a colon behind them. */
function countNames(text: string): number {
  let count = 0
  for (let begin = text.indexOf('"'); begin !== -1; ) {
    let end = text.indexOf('"', begin + 1)
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
    let next = end + 1
    while (' \t\n\r'.includes(text.charAt(next)) && next < text.length) next++
    if (text[next] === ':') count++
    begin = text.indexOf('"', next)
  }
  return count
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, place: number): boolean {
  let first = place
  while (text[first - 1] === '\\') first--
  return (place - first) % 2 === 1
}

/** Counts the members of all objects in a value. */
function countMembers(root: unknown): number {
  let count = 0
  // Answers are as deep as a proxy wants, so this does not call itself.
  const open = [root]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const members = Object.values(value)
    if (!Array.isArray(value)) count += members.length
    open.push(...members)
  }
  return count
}

const shown = (text: unknown) =>
  typeof text === 'string' ? shownText(text.slice(0, xksLimits.errorMessageLength)) : undefined

/** Reads bytes in Base64, which have one of the sizes if any are given. */
function readBytes(
  body: Readonly<Record<string, unknown>>,
  name: string,
  sizesBytes?: readonly number[],
): Buffer {
  const text = body[name]
  const bytes = typeof text === 'string' ? decodeBase64(text) : undefined
  if (bytes === undefined) throw malformed(`${name} is not Base64`)
  if (sizesBytes !== undefined && !sizesBytes.includes(bytes.length))
    throw malformed(`${name} has ${bytes.length} bytes in place of ${sizesBytes.join(' or ')}`)
  return bytes
}

const readText = (body: Readonly<Record<string, unknown>>, name: string) => checkText(body[name], name)

function checkText(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > textLengthMax)
    throw malformed(`${name} is not a text of 1 to ${textLengthMax} characters`)
  return value
}

function readOneOf<T extends string>(
  body: Readonly<Record<string, unknown>>,
  name: string,
  known: readonly T[],
): T {
  const found = known.find(item => item === body[name])
  if (found === undefined) throw malformed(`${name} must be one of ${known.join(', ')}`)
  return found
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scanFolders } from '../../fixtures/scan/scan.ts'
import { partHeadBytes } from '../../fixtures/scan/traffic.ts'
import { sensitiveMembers } from './sensitive-members.ts'

/** A value that no output may have. */
export interface ObservedValue {
  readonly bytes: Buffer
  /** Whether it is a text, such as a token. Others are bytes that were sent in Base64. */
  readonly isText: boolean
  /** Where it was seen, such as `Plaintext of an answer, in 4711-0-macs.test.ts`. */
  readonly origin: string
}

/** A shorter value can be anywhere by chance. */
const valueBytesMin = 9
/** The header of a ciphertext names a key and its key material (docs/ciphertext.md). */
const ciphertextHeaderBytes = 55
/** A stream is searched in blocks. A value that begins in one ends in the next. */
const blockBytes = 4 * 1024 * 1024
const overlapBytes = 64 * 1024

const alternatives = (names: ReadonlySet<string>) => [...names].join('|')
const inJson = (names: ReadonlySet<string>) =>
  new RegExp(`"(${alternatives(names)})"\\s*:\\s*(\\[[^\\]]*\\]|"(?:[^"\\\\]|\\\\.)*")`, 'g')

const requestPatterns = {
  json: inJson(sensitiveMembers.requests),
  form: new RegExp(`(?<=[&\\r\\n])(${alternatives(sensitiveMembers.requests)})=([^&\\s]+)`, 'g'),
  signature: /(?<=[ ,&?])(Signature|X-Amz-Signature|X-Amz-Security-Token)=([^,&\s]+)/gi,
  token: /(?<=\n)(x-amz-security-token):[ \t]*(\S+)/gi,
}
const answerPatterns = {
  json: inJson(sensitiveMembers.answers),
  xml: new RegExp(`<(${alternatives(sensitiveMembers.answers)})>([^<]+)<`, 'g'),
}
/** The heads of the audit log are public, and it has their signatures. */
const auditHeads = /"AuditHeads?"\s*:\s*(?:\[[^\]]*\]|\{[^}]*\})/g
/** The members of seed files, credentials files and settings. */
const inputPattern =
  /["']?\b(secret|sessionToken|material|materials|password|aws_secret_access_key|aws_session_token)["']?[ \t]*[:=][ \t]*\[?\s*["']?([^"'\s,}\]][^"'\r\n,}\]]*)/gi
const rootKeyPattern = /^keyward-root-key-v1:(\S+)/
const privateKeyPattern = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----((?:[A-Za-z0-9+/=\s]|\\n)+)-----END/g

/** All values that went through a run of tests. */
export class ObservedValues {
  readonly #values = new Map<string, ObservedValue>()

  /** Reads what the processes of a run left in a directory. */
  static read(directory: string): ObservedValues {
    const observed = new ObservedValues()
    const each = (folder: string, read: (path: string, name: string) => void) => {
      for (const name of readdirSync(join(directory, folder))) read(join(directory, folder, name), name)
    }
    each(scanFolders.traffic, (path, name) => observed.#addTraffic(path, name))
    each(scanFolders.inputs, (path, name) => observed.#addInput(readFileSync(path, 'latin1'), name))
    each(scanFolders.noted, (path, name) => observed.#addNoted(readFileSync(path, 'utf8'), name))
    return observed
  }

  values(): ObservedValue[] {
    return [...this.#values.values()]
  }

  #addTraffic(path: string, name: string): void {
    for (const { isRequest, text: whole } of readStreams(path)) {
      const text = whole.replace(auditHeads, '')
      if (isRequest) this.#addRequests(text, name)
      else this.#addAnswers(text, name)
    }
  }

  #addRequests(text: string, name: string): void {
    this.#addJson(text, requestPatterns.json, `a request, in ${name}`)
    for (const [, member = '', value = ''] of text.matchAll(requestPatterns.form))
      this.#addText(decodeForm(value), member, `a request, in ${name}`)
    for (const [, member = '', value = ''] of text.matchAll(requestPatterns.signature))
      this.#addText(decodeForm(value), member, `a head, in ${name}`)
    for (const [, member = '', value = ''] of text.matchAll(requestPatterns.token))
      this.#addText(value, member, `a head, in ${name}`)
  }

  #addAnswers(text: string, name: string): void {
    this.#addJson(text, answerPatterns.json, `an answer, in ${name}`)
    for (const [, member = '', value = ''] of text.matchAll(answerPatterns.xml))
      this.#addText(toUtf8(value), member, `an answer, in ${name}`)
  }

  #addJson(text: string, pattern: RegExp, place: string): void {
    for (const [, member = '', json = ''] of text.matchAll(pattern))
      for (const value of [parseIfAny(toUtf8(json))].flat())
        if (typeof value === 'string') this.#addAny(value, member, place)
  }

  #addInput(text: string, name: string): void {
    for (const [, member = '', value = ''] of text.matchAll(inputPattern)) {
      // Of a PEM the bytes count, which follow: an error names its label.
      if (value.startsWith('-----BEGIN')) continue
      if (member.startsWith('material')) this.#addAny(value.trim(), member, name)
      else this.#addText(value.trim(), member, name)
    }
    for (const [, base64 = ''] of text.matchAll(privateKeyPattern))
      this.#addBytes(Buffer.from(base64.replaceAll('\\n', ''), 'base64'), 'a private key', name)
    const [, rootKey = ''] = rootKeyPattern.exec(text) ?? []
    this.#addBytes(Buffer.from(rootKey, 'base64'), 'the root key', name)
  }

  #addNoted(text: string, name: string): void {
    for (const line of text.split('\n').filter(line => line !== '')) {
      const { origin, value } = JSON.parse(line) as { origin: string; value: string }
      this.#addBytes(Buffer.from(value, 'base64'), origin, name)
    }
  }

  /** A text that is Base64 stands for bytes; one that is not was sent in the place of bytes, or is a token. */
  #addAny(text: string, member: string, place: string): void {
    const bytes = Buffer.from(text, 'base64')
    if (bytes.toString('base64') === text) this.#addBytes(bytes, member, place)
    else this.#addText(text, member, place)
  }

  #addText(text: string, member: string, place: string): void {
    this.#add({ bytes: Buffer.from(text), isText: true, origin: `${member} of ${place}` })
  }

  #addBytes(bytes: Buffer, member: string, place: string): void {
    const secret = member.endsWith('CiphertextBlob') ? bytes.subarray(ciphertextHeaderBytes) : bytes
    this.#add({ bytes: secret, isText: false, origin: `${member} of ${place}` })
  }

  #add(value: ObservedValue): void {
    if (value.bytes.length < valueBytesMin) return
    const key = `${value.isText ? 'text' : 'bytes'} ${value.bytes.toString('latin1')}`
    if (!this.#values.has(key)) this.#values.set(key, value)
  }
}

/**
 * Returns those texts that clients sent in the clear, in members that records have by design, or that are a part of the id of key
 * material, which is also in ciphertexts.
 */
export function findPublic(directory: string, texts: ReadonlySet<string>): Set<string> {
  const found = new Set<string>()
  for (const name of readdirSync(join(directory, scanFolders.traffic))) {
    for (const { isRequest, text } of readStreams(join(directory, scanFolders.traffic, name))) {
      const shown = isRequest ? withoutSecrets(text) : (text.match(materialIdPattern)?.join() ?? '')
      for (const wanted of texts) if (shown.includes(wanted)) found.add(wanted)
    }
  }
  return found
}

const materialIdPattern = /"\w*KeyMaterialId":"[0-9a-f]{64}"/g

function withoutSecrets(text: string): string {
  return Object.values(requestPatterns).reduce((left, pattern) => left.replaceAll(pattern, ''), text)
}

/** Reads the streams of a file in blocks that overlap. */
function* readStreams(path: string): Generator<{ readonly isRequest: boolean; readonly text: string }> {
  const streams = new Map<number, { readonly isRequest: boolean; parts: Buffer[]; sizeBytes: number }>()
  for (const { number, isRequest, bytes } of readParts(path)) {
    const stream = streams.get(number) ?? { isRequest, parts: [], sizeBytes: 0 }
    streams.set(number, stream)
    stream.parts.push(bytes)
    stream.sizeBytes += bytes.length
    if (stream.sizeBytes <= blockBytes) continue
    const block = Buffer.concat(stream.parts)
    yield { isRequest, text: block.toString('latin1') }
    stream.parts = [block.subarray(-overlapBytes)]
    stream.sizeBytes = 0
  }
  for (const { isRequest, parts } of streams.values())
    yield { isRequest, text: Buffer.concat(parts).toString('latin1') }
}

interface Part {
  readonly number: number
  readonly isRequest: boolean
  readonly bytes: Buffer
}

/** Reads the parts of streams. The last one may lack its end, if its process was killed. */
function* readParts(path: string): Generator<Part> {
  const file = readFileSync(path)
  for (let at = 0; at + partHeadBytes <= file.length; ) {
    const end = at + partHeadBytes + file.readUInt32LE(at + 5)
    const bytes = file.subarray(at + partHeadBytes, end)
    yield { number: file.readUInt32LE(at), isRequest: file[at + 4] === 1, bytes }
    at = end
  }
}

/** Streams and files are searched with a character for each byte. */
function toUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}

function parseIfAny(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function decodeForm(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    return value
  }
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  constants,
  createDecipheriv,
  generateKeyPairSync,
  KeyObject,
  privateDecrypt,
  randomBytes,
  sign,
} from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from 'cborg'
import { der } from '../../src/hsm/nitro/der.ts'
import type { Millis } from '../../src/std/index.ts'

/** Key usage as the first octet of its bit string. */
export const usage = { digitalSignature: 0x80, keyCertSign: 0x04 }

export interface CertificateDraft {
  readonly validFrom: Millis
  readonly validTo: Millis
  readonly isAuthority: boolean
  readonly pathLength: number | undefined
  /** Undefined for no such extension. */
  readonly keyUsage: number | undefined
  readonly curve: string
  /** Of the signature on this certificate. */
  readonly hash: 'sha256' | 'sha384'
  /** Further extensions, in DER. */
  readonly extensions: readonly Buffer[]
}

export interface TestEnclaveOptions {
  readonly now: Millis
  readonly root?: Partial<CertificateDraft>
  /** From the root to the leaf; two good ones unless told otherwise. */
  readonly intermediates?: readonly Partial<CertificateDraft>[]
  readonly leaf?: Partial<CertificateDraft>
  /** The enclave's RSA keys, fresh ones unless given. */
  readonly keyPair?: KeyPair
}

export interface AttestOptions {
  /** The enclave's own unless given; null for none. */
  readonly publicKey?: KeyObject | Uint8Array | null
  /**
   * Hex by index, laid over sixteen registers whose bytes are all their index plus one; null for none at all.
   */
  readonly pcrs?: Readonly<Record<number, string>> | null
  /** Hex by index. */
  readonly nitroTpmPcrs?: Readonly<Record<number, string>>
  readonly moduleId?: string
  readonly userData?: Uint8Array
  readonly nonce?: Uint8Array
  /** The `now` of the enclave unless given. */
  readonly timestamp?: Millis
  /** Members to set or, given undefined, to leave out. */
  readonly members?: Readonly<Record<string, unknown>>
  /** A last change to the encoded payload, before it is signed. */
  readonly editPayload?: (payload: Buffer) => Uint8Array
}

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export interface TestEnclave {
  /** For the server to trust. */
  readonly rootPem: string
  /** DER, the root first, the leaf last. */
  readonly certificates: readonly Buffer[]
  readonly keyPair: KeyPair
  /** A signed attestation document (COSE_Sign1 without a tag, as AWS makes them). */
  attest(options?: AttestOptions): Buffer
  /** The plaintext of a `CiphertextForRecipient`, told by openssl too where there is one. */
  openCiphertext(ciphertextForRecipient: Uint8Array): Buffer
}

const day = 24 * 60 * 60 * 1000

/** A Nitro hypervisor, its PKI and one enclave on it, all made up. */
export function makeTestEnclave(options: TestEnclaveOptions): TestEnclave {
  const { now, intermediates = [{}, {}] } = options
  const authority = { isAuthority: true, keyUsage: usage.keyCertSign }
  const drafts = [
    { ...authority, ...options.root },
    ...intermediates.map((draft, index) => ({
      ...authority,
      pathLength: intermediates.length - index - 1,
      ...draft,
    })),
    { isAuthority: false, keyUsage: usage.digitalSignature, ...options.leaf },
  ]
  const certificates: Buffer[] = []
  let issuer: { name: string; key: KeyObject } | undefined
  for (const [index, draft] of drafts.entries()) {
    const whole: CertificateDraft = {
      validFrom: now - day,
      validTo: now + day,
      pathLength: undefined,
      curve: 'secp384r1',
      hash: 'sha384',
      extensions: [],
      ...draft,
    }
    const keys = generateKeyPairSync('ec', { namedCurve: whole.curve })
    const name = `test.nitro-enclaves ${index}`
    certificates.push(makeCertificate(name, keys.publicKey, issuer ?? { name, key: keys.privateKey }, whole))
    issuer = { name, key: keys.privateKey }
  }
  const leafKey = issuer?.key
  assert.ok(leafKey)
  const keyPair = options.keyPair ?? generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    rootPem: toPem(certificates[0]),
    certificates,
    keyPair,
    attest: (attest = {}) =>
      signDocument(
        leafKey,
        documentOf(certificates, { publicKey: keyPair.publicKey, timestamp: now, ...attest }),
      ),
    openCiphertext: ciphertext => openCiphertext(keyPair.privateKey, ciphertext),
  }
}

function documentOf(certificates: readonly Buffer[], options: AttestOptions): Uint8Array {
  const { publicKey = null, pcrs, nitroTpmPcrs, editPayload = payload => payload } = options
  const defaults = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [i, Buffer.alloc(48, i + 1).toString('hex')]),
  )
  const members = {
    module_id: options.moduleId ?? 'i-0123456789abcdef0-enc0123456789abcdef',
    digest: 'SHA384',
    timestamp: options.timestamp,
    pcrs: pcrs === null ? undefined : registers({ ...defaults, ...pcrs }),
    nitrotpm_pcrs: nitroTpmPcrs && registers(nitroTpmPcrs),
    certificate: certificates.at(-1),
    cabundle: certificates.slice(0, -1),
    public_key:
      publicKey instanceof KeyObject ? publicKey.export({ format: 'der', type: 'spki' }) : publicKey,
    // The hypervisor writes null for what it was not given.
    user_data: options.userData ?? null,
    nonce: options.nonce ?? null,
    ...options.members,
  }
  const present = Object.entries(members).filter(([, value]) => value !== undefined)
  return editPayload(Buffer.from(encode(new Map(present))))
}

function registers(hex: Readonly<Record<number, string>>): Map<number, Buffer> {
  return new Map(Object.entries(hex).map(([index, value]) => [Number(index), Buffer.from(value, 'hex')]))
}

/** COSE_Sign1 with ES384. The protected header can be another, to be signed all the same. */
export function signDocument(
  key: KeyObject,
  payload: Uint8Array,
  header: Uint8Array = encode(new Map([[1, -35]])),
): Buffer {
  const structure = encode(['Signature1', header, new Uint8Array(0), payload])
  const signature = sign('sha384', structure, { key, dsaEncoding: 'ieee-p1363' })
  return Buffer.from(encode([header, new Map(), payload, signature]))
}

function makeCertificate(
  name: string,
  publicKey: KeyObject,
  issuer: { readonly name: string; readonly key: KeyObject },
  draft: CertificateDraft,
): Buffer {
  const { isAuthority, pathLength, keyUsage } = draft
  const constraints = [
    ...(isAuthority ? [der.tagged(0x01, Buffer.of(0xff))] : []),
    ...(pathLength === undefined ? [] : [der.integer(pathLength)]),
  ]
  const algorithm = der.sequence(der.oid(`1.2.840.10045.4.3.${draft.hash === 'sha384' ? 3 : 2}`))
  const body = der.sequence(
    der.tagged(0xa0, der.integer(2)),
    der.tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    commonName(issuer.name),
    der.sequence(utcTime(draft.validFrom), utcTime(draft.validTo)),
    commonName(name),
    publicKey.export({ format: 'der', type: 'spki' }),
    der.tagged(
      0xa3,
      der.sequence(
        makeExtension('2.5.29.19', true, der.sequence(...constraints)),
        ...(keyUsage === undefined
          ? []
          : [makeExtension('2.5.29.15', true, der.tagged(0x03, Buffer.of(0, keyUsage)))]),
        ...draft.extensions,
      ),
    ),
  )
  const signature = sign(draft.hash, body, issuer.key)
  return der.sequence(body, algorithm, der.tagged(0x03, Buffer.of(0), signature))
}

/** An X.509 extension in DER. */
export function makeExtension(oid: string, critical: boolean, value: Uint8Array): Buffer {
  const flag = critical ? [der.tagged(0x01, Buffer.of(0xff))] : []
  return der.sequence(der.oid(oid), ...flag, der.octets(value))
}

function commonName(text: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.tagged(0x0c, Buffer.from(text)))))
}

function utcTime(time: Millis): Buffer {
  const digits = new Date(time).toISOString().replaceAll(/[-:T]/g, '')
  return der.tagged(0x17, Buffer.from(`${digits.slice(2, 14)}Z`))
}

export function toPem(certificate: Buffer | undefined): string {
  const lines = certificate?.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function openCiphertext(privateKey: KeyObject, ciphertext: Uint8Array): Buffer {
  const plaintext = openEnvelopedData(privateKey, ciphertext)
  if (hasOpenssl()) assert.deepEqual(openWithOpenssl(privateKey, ciphertext), plaintext)
  return plaintext
}

export function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0
}

export function openWithOpenssl(privateKey: KeyObject, ciphertext: Uint8Array): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-nitro-'))
  try {
    const keyFile = join(folder, 'key.pem')
    writeFileSync(keyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
    const run = spawnSync('openssl', ['cms', '-decrypt', '-inform', 'DER', '-binary', '-inkey', keyFile], {
      input: ciphertext,
    })
    assert.equal(run.status, 0, run.stderr.toString())
    return run.stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A BER element: its content octets, or its elements. */
interface BerNode {
  readonly tag: number
  readonly content: Buffer
  readonly children: readonly BerNode[]
}

/** Opens CMS EnvelopedData the way an enclave's client does, independently of what wrote it. */
export function openEnvelopedData(privateKey: KeyObject, bytes: Uint8Array): Buffer {
  const [root, end] = readBer(Buffer.from(bytes), 0)
  assert.equal(end, bytes.length)
  const enveloped = childOf(childOf(root, 1), 0)
  const recipient = childOf(childOf(enveloped, 1), 0)
  const content = childOf(enveloped, 2)
  const key = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    childOf(recipient, 3).content,
  )
  const decipher = createDecipheriv('aes-256-cbc', key, childOf(childOf(content, 1), 1).content)
  const encrypted = Buffer.concat(childOf(content, 2).children.map(part => part.content))
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

function childOf({ children }: BerNode, index: number): BerNode {
  const child = children[index]
  assert.ok(child, `no element ${index}`)
  return child
}

function readBer(bytes: Buffer, start: number): [BerNode, number] {
  const tag = bytes.readUInt8(start)
  const first = bytes.readUInt8(start + 1)
  const isIndefinite = first === 0x80
  const size = first > 0x80 ? first - 0x80 : 0
  const begin = start + 2 + size
  const length = size === 0 ? first : bytes.readUIntBE(start + 2, size)
  let end = isIndefinite ? bytes.length : begin + length
  const children: BerNode[] = []
  let offset = begin
  while ((tag & 0x20) !== 0 && offset < end) {
    if (isIndefinite && bytes.readUInt16BE(offset) === 0) {
      end = offset + 2
      break
    }
    const [child, next] = readBer(bytes, offset)
    children.push(child)
    offset = next
  }
  return [{ tag, content: bytes.subarray(begin, end), children }, end]
}

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { type Millis, OperatorError, randomBytes, writePrivateFile } from '../std/index.ts'
import { certificatesOf } from './server-certificate.ts'
import { type CertificateContent, makeCertificate } from './x509.ts'

const dayMillis = 86_400_000
const authorityDays = 3650
/** Browsers accept 398 days at most, Apple's systems 825. */
const serverDays = 90
/** A certificate with less than this left is due for renewal. */
const renewalDays = 30
/** Clients whose clock is behind must accept a new certificate, too. */
const backdateMillis = dayMillis

/** An issuing CA with its private key, and the root that certified it. */
export interface Authority {
  /** The names and addresses that its certificates may have. */
  readonly permits: readonly string[]
  readonly name: string
  readonly key: KeyObject
  readonly certificate: string
  /** The certificate that clients trust. Its key is gone. */
  readonly root: string
  readonly notAfter: Millis
}

/** Reads the file of an issuing CA; returns undefined if there is none. Throws OperatorError. */
export function readAuthority(path: string): Authority | undefined {
  if (!existsSync(path)) return undefined
  try {
    return parseAuthority(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new OperatorError(
      `${path} cannot be used: ${(error as Error).message}. Restore it; or remove it for a new CA, whose ca.pem clients must then trust.`,
    )
  }
}

function parseAuthority(text: string): Authority {
  const [certificate, root] = certificatesOf(text)
  const [, permits] = /^permits: (.+)$/m.exec(text) ?? []
  if (certificate === undefined || root === undefined || permits === undefined)
    throw new Error('it is not whole')
  const key = createPrivateKey(text)
  const issuing = new X509Certificate(certificate)
  if (!issuing.checkPrivateKey(key) || !issuing.verify(new X509Certificate(root).publicKey))
    throw new Error('its parts do not belong together')
  const [, name = ''] = /^CN=(.*)$/m.exec(issuing.subject) ?? []
  const notAfter = issuing.validToDate.getTime()
  return {
    permits: permits.split(' '),
    name,
    key,
    certificate: `${certificate}\n`,
    root: `${root}\n`,
    notAfter,
  }
}

/** Makes a root and an issuing CA that permit these names, and writes all but the root's key. Throws OperatorError. */
export function createAuthority(path: string, permits: readonly string[], now: Millis): Authority {
  // CAs with one name and different keys confuse clients that trust several.
  const id = randomBytes(4).toString('hex')
  const [rootName, name] = [`Keyward CA ${id}`, `Keyward issuing CA ${id}`]
  const [rootKeys, keys] = [newKeyPair(), newKeyPair()]
  const byRoot = {
    issuer: rootName,
    issuerKey: rootKeys.privateKey,
    issuerPublicKey: rootKeys.publicKey,
    notBefore: now - backdateMillis,
    notAfter: now + authorityDays * dayMillis,
  }
  const { publicKey } = keys
  const root = makeCertificate({
    ...byRoot,
    subject: rootName,
    publicKey: rootKeys.publicKey,
    authority: { pathLength: 1, permits },
  })
  const certificate = makeCertificate({
    ...byRoot,
    subject: name,
    publicKey,
    authority: { pathLength: 0, permits },
  })
  const text = `permits: ${permits.join(' ')}\n${pemOf(keys.privateKey)}${certificate}${root}`
  writePrivateFile(path, text)
  return parseAuthority(text)
}

/** Makes a certificate of a server with a new key. Returns the chain that the server sends, and the key, both as PEM. */
export function issueCertificate(
  authority: Authority,
  names: readonly string[],
  now: Millis,
): { chain: string; key: string } {
  const { privateKey, publicKey } = newKeyPair()
  const leaf: CertificateContent = {
    subject: names[0] ?? 'localhost',
    issuer: authority.name,
    publicKey,
    issuerKey: authority.key,
    issuerPublicKey: createPublicKey(authority.key),
    notBefore: now - backdateMillis,
    notAfter: Math.min(now + serverDays * dayMillis, authority.notAfter),
    names,
  }
  return { chain: `${makeCertificate(leaf)}${authority.certificate}`, key: pemOf(privateKey) }
}

/** Whether a certificate that is valid until `notAfter` is to be renewed. */
export function isDue(notAfter: Millis, now: Millis): boolean {
  return notAfter - now < renewalDays * dayMillis
}

const newKeyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

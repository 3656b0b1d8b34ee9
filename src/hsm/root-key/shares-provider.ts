import { OperatorError, randomBytes, randomSecret } from '../../std/index.ts'
import { type RootKeyEnvelope, type SharesEnvelope, sharesMax, wrongKind } from './envelope.ts'
import { RootKeyProblem } from './problem.ts'
import {
  keepsNothing,
  type Protected,
  type ProviderParts,
  protectedBy,
  type RootKeyProvider,
  wipeGiven,
} from './provider.ts'
import { rootKeyIdOf } from './root-key.ts'
import { checkedRootKey, isSealBroken, unwrapRootKey, wrapRootKey } from './sealing.ts'
import { digestOfShare } from './share-collector.ts'
import { renderShare, shareSizeBytes } from './share-text.ts'

/** Vault's defaults. */
const quorumDefault = { shares: 5, threshold: 3 }

/**
 * Keeps the root key under a random key that is split into shares (Shamir, "How to Share a Secret", 1979). Too few shares
 * combine to a wrong key without an error, so the sealed root key shows whether a key is right.
 */
export function sharesProvider(quorum: ProviderParts['quorum'] = quorumDefault): RootKeyProvider {
  return {
    kind: 'shares',
    description: 'shares',
    opensItself: false,
    filePaths: [],
    ...keepsNothing,
    async protect(rootKey, given) {
      wipeGiven(given)
      return protect(rootKey, quorum)
    },
    async recover(envelope, given) {
      try {
        return await recover(envelope, given.shares ?? [])
      } finally {
        wipeGiven(given)
      }
    },
  }
}

/** Throws OperatorError for a number of shares that is none: fewer than two are no quorum. */
function checkQuorum({ shares, threshold }: NonNullable<ProviderParts['quorum']>): void {
  const isFine = [shares, threshold].every(
    number => Number.isInteger(number) && number >= 2 && number <= sharesMax,
  )
  if (isFine && threshold <= shares) return
  throw new OperatorError(
    `A root key cannot be split into ${shares} shares of which ${threshold} are needed: there must be 2 to ${sharesMax} shares, and at least 2 of them needed. For one operator, use passphrase: instead.`,
  )
}

async function protect(rootKey: Buffer, quorum: NonNullable<ProviderParts['quorum']>): Promise<Protected> {
  checkQuorum(quorum)
  const { shares: total, threshold } = quorum
  const wrappingKey = randomSecret(32)
  const parts = await split(wrappingKey, total, threshold)
  const quorumId = randomBytes(8).toString('hex')
  const head = {
    v: 1,
    kind: 'shares',
    rootKeyId: rootKeyIdOf(rootKey),
    threshold,
    total,
    quorum: quorumId,
    digests: parts.map(bytes => digestOfShare(quorumId, bytes)),
  } as const
  const shares = parts.map((bytes, index) =>
    renderShare({ quorum: quorumId, threshold, total, number: index + 1, bytes }),
  )
  for (const bytes of parts) bytes.fill(0)
  const wrapped = wrapRootKey(wrappingKey, rootKey, head)
  return protectedBy({ ...head, wrapped }, shares)
}

async function recover(envelope: RootKeyEnvelope | undefined, shares: readonly Buffer[]): Promise<Buffer> {
  if (envelope?.kind !== 'shares') throw wrongKind('shares', envelope)
  checkShares(envelope, shares)
  const wrappingKey = await combine(shares.slice(0, envelope.threshold))
  return checkedRootKey(openWith(wrappingKey, envelope), envelope.rootKeyId, 'The quorum')
}

function checkShares({ quorum, digests, threshold }: SharesEnvelope, shares: readonly Buffer[]): void {
  if (shares.length === 0) throw new RootKeyProblem('NothingGiven', 'No shares were given.')
  const given = shares.map(bytes => (bytes.length === shareSizeBytes ? digestOfShare(quorum, bytes) : ''))
  if (new Set(given).size !== given.length) throw new RootKeyProblem('ShareTwice', 'A share was given twice.')
  if (!given.every(digest => digests.includes(digest)))
    throw new RootKeyProblem('WrongShare', 'One of the shares is not one of those that were made.')
  if (shares.length < threshold)
    throw new RootKeyProblem('TooFewShares', `${shares.length} of ${threshold} shares were given.`)
  // The library refuses two shares with the same coordinate, which is the last byte.
  if (new Set(shares.map(bytes => bytes.at(-1))).size !== shares.length) throw changedRecord()
}

function openWith(wrappingKey: Buffer, envelope: SharesEnvelope): Buffer {
  try {
    return unwrapRootKey(wrappingKey, envelope)
  } catch (error) {
    if (!isSealBroken(error)) throw error
    throw changedRecord()
  }
}

const changedRecord = () =>
  new RootKeyProblem(
    'WrongRootKey',
    'The shares fit together, but do not open the root key: the record of the root key in the database was changed.',
  )

// The library is loaded when a root key is split or combined: most servers never do.
const library = () => import('shamir-secret-sharing')

async function split(secret: Buffer, total: number, threshold: number): Promise<Buffer[]> {
  const plain = plainCopy(secret)
  const parts = await (await library()).split(plain, total, threshold)
  plain.fill(0)
  return parts.map(bufferOf)
}

async function combine(shares: readonly Buffer[]): Promise<Buffer> {
  const plain = shares.map(plainCopy)
  const secret = await (await library()).combine(plain)
  for (const bytes of plain) bytes.fill(0)
  return bufferOf(secret)
}

/** The library takes Uint8Arrays and no Buffers. The copy has memory of its own, as `copySecret` explains. */
function plainCopy(secret: Buffer): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(secret.length))
  copy.set(secret)
  return copy
}

const bufferOf = ({ buffer, byteOffset, length }: Uint8Array) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, length)

import { OperatorError, randomBytes } from '../../std/index.ts'
import { type Argon2Cost, argon2Default, argon2id } from './argon2.ts'
import { type PassphraseEnvelope, type RootKeyEnvelope, wrongKind } from './envelope.ts'
import { RootKeyProblem } from './problem.ts'
import {
  type Given,
  keepsNothing,
  type Protected,
  protectedBy,
  type RootKeyProvider,
  wipeGiven,
} from './provider.ts'
import { rootKeyIdOf } from './root-key.ts'
import { checkedRootKey, isSealBroken, unwrapRootKey, wrapRootKey } from './sealing.ts'
import { readSecretFile, withoutLineEnd } from './secret-file.ts'

const saltSizeBytes = 16
const [passphraseSizeMin, passphraseSizeMax] = [8, 1024]

/** Keeps the root key under a passphrase, which operators give, or which is in a file. */
export function passphraseProvider(path: string | undefined): RootKeyProvider {
  const description = path === undefined ? 'the passphrase' : `the passphrase in ${path}`
  return {
    kind: 'passphrase',
    description,
    opensItself: path !== undefined,
    filePaths: path === undefined ? [] : [path],
    ...keepsNothing,
    protect: (rootKey, given, before) =>
      withPassphrase(path, given, passphrase => protect(rootKey, passphrase, before)),
    recover: (envelope, given) =>
      withPassphrase(path, given, passphrase => recover(envelope, passphrase, description)),
  }
}

/** Uses the passphrase, and wipes it and all else that was given. */
async function withPassphrase<T>(
  path: string | undefined,
  given: Given,
  use: (passphrase: Buffer) => Promise<T>,
): Promise<T> {
  const passphrase = path === undefined ? given.passphrase : readSecretFile(path, 'passphrase')
  try {
    const line = passphrase === undefined ? undefined : withoutLineEnd(passphrase)
    if (line === undefined || line.length === 0)
      throw new RootKeyProblem(
        'NothingGiven',
        path === undefined ? 'No passphrase was given.' : `There is no passphrase in ${path}.`,
      )
    if (line.length > passphraseSizeMax)
      throw new OperatorError(`A passphrase has at most ${passphraseSizeMax} bytes.`)
    return await use(line)
  } finally {
    passphrase?.fill(0)
    wipeGiven(given)
  }
}

async function protect(
  rootKey: Buffer,
  passphrase: Buffer,
  before: RootKeyEnvelope | undefined,
): Promise<Protected> {
  if (passphrase.length < passphraseSizeMin)
    throw new OperatorError(
      `The passphrase is too short: it must have at least ${passphraseSizeMin} bytes. A thief of the data directory can try passphrases without a limit, so take a long one.`,
    )
  const salt = randomBytes(saltSizeBytes)
  const cost = largerCost(before)
  const head = {
    v: 1,
    kind: 'passphrase',
    rootKeyId: rootKeyIdOf(rootKey),
    kdf: 'argon2id',
    ...cost,
    salt: salt.toString('base64'),
  } as const
  const wrapped = wrapRootKey(await argon2id(passphrase, salt, cost), rootKey, head)
  return protectedBy({ ...head, wrapped })
}

/** The default, unless a directory has a higher cost already: that of a later version, or one that somebody chose. */
function largerCost(before: RootKeyEnvelope | undefined): Argon2Cost {
  if (before?.kind !== 'passphrase') return argon2Default
  return {
    memoryKiB: Math.max(before.memoryKiB, argon2Default.memoryKiB),
    passes: Math.max(before.passes, argon2Default.passes),
    lanes: Math.max(before.lanes, argon2Default.lanes),
  }
}

async function recover(
  envelope: RootKeyEnvelope | undefined,
  passphrase: Buffer,
  description: string,
): Promise<Buffer> {
  if (envelope?.kind !== 'passphrase') throw wrongKind('passphrase', envelope)
  const salt = Buffer.from(envelope.salt, 'base64')
  const rootKey = await openWith(await argon2id(passphrase, salt, envelope), envelope)
  return checkedRootKey(rootKey, envelope.rootKeyId, description)
}

function openWith(wrappingKey: Buffer, envelope: PassphraseEnvelope): Buffer {
  try {
    return unwrapRootKey(wrappingKey, envelope)
  } catch (error) {
    if (!isSealBroken(error)) throw error
    throw new RootKeyProblem(
      'WrongPassphrase',
      'The passphrase is wrong, or the record of the root key in the database was changed.',
    )
  }
}

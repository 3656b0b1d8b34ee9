import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  describeKeeper,
  effectiveSetting,
  isKeptAs,
  parseEnvelope,
  RootKey,
  type RootKeyEnvelope,
  renderRootKeySetting,
} from '../../hsm/index.ts'
import { OperatorError } from '../../std/index.ts'
import { type LockedStore, readRootKeyEnvelope } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { makeProvider } from '../parts/seal/keeper.ts'
import { isUnreachable } from '../parts/seal/open-at-start.ts'

/** Returns the paths relative to the data directory under which the operator may have put the root key before a restore. */
export function rootKeyNames(config: Config, { path }: DataDirectory): string[] {
  const setting = config.rootKey ?? { kind: 'file', path: 'root.key' }
  const { filePaths } = makeProvider(config, setting, path, undefined)
  return filePaths.map(file => relative(path, file))
}

/** The root key of a database, or the sentence about why it is not at hand. */
export type RootKeyAtHand =
  | { readonly rootKey: RootKey }
  /** `isFault` is false if an operator or a KMS that is back can open the root key. */
  | { readonly rootKey?: undefined; readonly reason: string; readonly isFault: boolean }

/**
 * Returns the root key of a copy of a database if that needs no operator. `place` names the copy in messages. The files are
 * those of the data directory, whose server may run: nothing of them changes.
 */
export async function findRootKeyAtHand(
  config: Config,
  locked: LockedStore,
  place: string,
): Promise<RootKeyAtHand> {
  try {
    const text = await locked.rootKeys.find()
    const envelope = text === undefined ? undefined : parseEnvelope(text)
    const facts = { setting: config.rootKey, envelope, hasDomainKeys: true, directory: place }
    const provider = makeProvider(config, effectiveSetting(facts), config.dataDirectory, undefined)
    if (!provider.opensItself)
      return { reason: `the root key needs ${provider.description}.`, isFault: false }
    return { rootKey: RootKey.take(await provider.recover(envelope, {})) }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { reason: error.message, isFault: !isUnreachable(error) }
  }
}

/** A keeper of the root key that a backup names and the operator does not. */
export interface StrangeKeeper {
  /** Sentences about it, and about the setting that names the keeper. */
  readonly reason: string
  /** Whether a root key is at hand that a backup of this server would have. */
  readonly isFault: boolean
}

/**
 * Returns the reason why the keeper that a backup names must not be asked for its root key. Anybody who has the recipient can make
 * a backup, and one whose maker also chose the root key would verify. A passphrase and shares come from the operator, so they are
 * refused only beside a root key file. `own` is the envelope of the data directory. Throws OperatorError.
 */
export async function findStrangeKeeper(
  { rootKey: setting, dataDirectory }: Config,
  locked: LockedStore,
  own?: RootKeyEnvelope,
): Promise<StrangeKeeper | undefined> {
  const text = await locked.rootKeys.find()
  const envelope = text === undefined ? undefined : parseEnvelope(text)
  const kind = envelope?.kind ?? 'file'
  const isNamed = setting !== undefined && isKeptAs(setting, envelope)
  if (isNamed || (setting === undefined && isSameKeeper(envelope, own))) return undefined
  const says = `The backup says that its root key is kept by ${describeKeeper(envelope)}`
  if (setting !== undefined)
    return {
      reason: `${says}, and KEYWARD_ROOT_KEY is ${renderRootKeySetting(setting)}. ${advice[kind]}`,
      isFault: false,
    }
  const file = join(dataDirectory, 'root.key')
  const hasFile = existsSync(file)
  if (kind === 'file' || (kind !== 'kms' && kind !== 'pkcs11' && !hasFile)) return undefined
  const which = hasFile ? `, and not by ${file}` : ', and KEYWARD_ROOT_KEY names no key'
  return { reason: `${says}${which}. ${advice[kind]}`, isFault: hasFile }
}

/** Reads the envelope of a data directory, whose server may run; undefined if it has none, or a database that cannot be read. */
export function readOwnEnvelope({ dataDirectory }: Config): RootKeyEnvelope | undefined {
  const directory = new DataDirectory(dataDirectory)
  try {
    const text = directory.hasDatabase() ? readRootKeyEnvelope(directory.database) : undefined
    return text === undefined ? undefined : parseEnvelope(text)
  } catch (error) {
    // The database may be why somebody looks at backups.
    if (error instanceof OperatorError) return undefined
    throw error
  }
}

/** The data directory does not say how a token is reached, so only a setting can name it. */
function isSameKeeper(envelope: RootKeyEnvelope | undefined, own: RootKeyEnvelope | undefined): boolean {
  if (envelope === undefined || envelope.kind === 'pkcs11') return false
  if (envelope.kind !== 'kms') return own?.kind === envelope.kind
  return own?.kind === 'kms' && own.keyArn === envelope.keyArn && own.endpoint === envelope.endpoint
}

const advice: Readonly<Record<RootKeyEnvelope['kind'], string>> = {
  file: 'If your server had its root key in a file then, set KEYWARD_ROOT_KEY=file:PATH.',
  passphrase:
    'If your server had a passphrase then, set KEYWARD_ROOT_KEY=passphrase: and move that root key away.',
  shares: 'If your server had shares then, set KEYWARD_ROOT_KEY=shares: and move that root key away.',
  kms: 'Anybody who has the recipient can make a backup that says so. If your server had its root key there, set KEYWARD_ROOT_KEY=kms:KEY-ARN?endpoint=URL with the key and the KMS that you know it had, not with those of this message.',
  pkcs11:
    'If your server had its root key there, set KEYWARD_ROOT_KEY=pkcs11:LIBRARY?token=LABEL&key=LABEL&pin-file=PATH.',
}

import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { certificateFingerprint, isTokenLabel, type RootKeySetting } from '../../../hsm/index.ts'
import { type Located, needed, OperatorError } from '../../../std/index.ts'
import { readCertificates } from '../certificates-file.ts'
import { locateSetting } from '../located-setting.ts'
import { libraryEnvironment, libraryOf, type Pkcs11Libraries, type Pkcs11Library } from './pkcs11-settings.ts'

/** A token of a cluster. */
export interface ClusterToken extends Pkcs11Library {
  /** The name of its library in the setting `pkcs11`. */
  readonly library: string
  readonly label: string
}

/** A cluster: tokens that hold the same keys, as AWS CloudHSM keeps them in the HSMs of a cluster. */
export interface HsmClusterSetting {
  readonly clusterId: string
  readonly region: string
  /** The certificate of the cluster, and the SHA-256 of its DER as hex. */
  readonly trustAnchor: { readonly pem: string; readonly fingerprint: string }
  readonly tokens: readonly ClusterToken[]
  /** How many tokens a key is made in at least. */
  readonly minimumTokens: number
  /** The file of the PIN of the tokens' security officer. It is read for a ceremony alone, and may be gone after it. */
  readonly soPinPath: string | undefined
}

/** Clusters by their ids. */
export type HsmClusterSettings = ReadonlyMap<string, HsmClusterSetting>

/** The settings that clusters refer to. */
interface OtherSettings {
  readonly libraries: Pkcs11Libraries
  readonly regions: readonly string[]
  readonly rootKey: RootKeySetting | undefined
}

const members = ['id', 'region', 'trustAnchor', 'tokens', 'minimumTokens', 'soPinFile'] as const
/** The quota of AWS CloudHSM for the HSMs of a cluster. */
const tokensMax = 28

/** Reads the clusters from a YAML file, or from the setting if it is YAML itself. Throws OperatorError. */
export function readClusterSettings(setting: string | undefined, others: OtherSettings): HsmClusterSettings {
  const clusters = new Map<string, HsmClusterSetting>()
  /** The cluster of each token. */
  const owners = new Map<string, string>()
  for (const at of setting === undefined ? [] : locateSetting(setting, 'hsmClusters').items()) {
    const given = at.members(members)
    const idAt = needed(given.id, at, 'id')
    const clusterId = readId(idAt)
    if (clusters.has(clusterId)) throw idAt.error(`is ${clusterId} a second time`)
    const tokens = readTokens(needed(given.tokens, at, 'tokens'), clusterId, owners, others)
    clusters.set(clusterId, {
      clusterId,
      region: readRegion(needed(given.region, at, 'region'), others.regions),
      trustAnchor: readTrustAnchor(needed(given.trustAnchor, at, 'trustAnchor')),
      tokens,
      minimumTokens: readMinimum(given.minimumTokens, tokens.length),
      soPinPath: given.soPinFile && readSoPinPath(given.soPinFile),
    })
  }
  return clusters
}

/** The form of AWS's ids (AWS KMS API Reference, CreateCustomKeyStore, CloudHsmClusterId). */
function readId(at: Located): string {
  const id = at.text()
  if (!/^cluster-[2-7a-zA-Z]{11,16}$/.test(id))
    throw at.error('must be cluster- and 11 to 16 letters and digits from 2 to 7')
  return id
}

function readRegion(at: Located, regions: readonly string[]): string {
  const region = at.text()
  if (!regions.includes(region))
    throw at.error(`is ${region}, which is not a Region of this server (${regions.join(', ')})`)
  return region
}

function readTrustAnchor(at: Located): HsmClusterSetting['trustAnchor'] {
  const pem = readCertificates(at)
  const fingerprint = certificateFingerprint(pem)
  if (fingerprint === undefined)
    throw at.error('must be a file with one certificate in PEM, and nothing else')
  return { pem, fingerprint }
}

function readTokens(
  at: Located,
  clusterId: string,
  owners: Map<string, string>,
  others: OtherSettings,
): ClusterToken[] {
  const items = at.items()
  if (items.length === 0 || items.length > tokensMax) throw at.error(`must have 1 to ${tokensMax} tokens`)
  return items.map(item => {
    const token = readToken(item, others.libraries)
    const id = idOf(token)
    const owner = owners.get(id)
    if (owner !== undefined) throw item.error(`is a token of ${owner} already`)
    if (keepsRootKey(token, others.rootKey, others.libraries))
      throw item.error('keeps the root key, and its PIN must not change')
    owners.set(id, clusterId)
    return token
  })
}

function readToken(at: Located, libraries: Pkcs11Libraries): ClusterToken {
  const { library, label } = at.members(['library', 'label'])
  const [libraryAt, labelAt] = [needed(library, at, 'library'), needed(label, at, 'label')]
  const found = libraries.get(libraryAt.text())
  const known = [...libraries.keys()].join(', ')
  if (found === undefined)
    throw libraryAt.error(`is no library in the setting pkcs11${known === '' ? '' : `; it has ${known}`}`)
  if (!isTokenLabel(labelAt.text())) throw labelAt.error('must have 1 to 32 bytes, without blanks around it')
  return { ...found, library: libraryAt.text(), label: labelAt.text() }
}

/** Two names may lead to one file, and two environments to one directory of tokens. */
function idOf({ path, environment, label }: ClusterToken): string {
  return JSON.stringify([fileOf(path), Object.entries(libraryEnvironment(environment)).sort(), label])
}

/** A connect changes the PIN of a cluster's tokens. The environment is left out: this one mistake locks the whole server. */
function keepsRootKey(
  { path, label }: ClusterToken,
  rootKey: RootKeySetting | undefined,
  libraries: Pkcs11Libraries,
): boolean {
  if (rootKey?.kind !== 'pkcs11' || rootKey.token !== label) return false
  return fileOf(libraryOf(libraries, rootKey.library).path) === fileOf(path)
}

/** Refuses a new keeper of the root key that is a token of a cluster. Throws OperatorError. */
export function refuseTokenOfCluster(
  clusters: HsmClusterSettings,
  libraries: Pkcs11Libraries,
  rootKey: RootKeySetting,
): void {
  for (const { clusterId, tokens } of clusters.values())
    if (tokens.some(token => keepsRootKey(token, rootKey, libraries)))
      throw new OperatorError(
        `The token belongs to ${clusterId}, and its PIN changes when a custom key store is connected. Name a different token for the root key.`,
      )
}

/** A library that is not there yet is its own path. */
function fileOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function readMinimum(at: Located | undefined, tokens: number): number {
  // As many active HSMs as AWS asks for.
  if (at === undefined) return Math.min(tokens, 2)
  const minimum = /^\d{1,2}$/.test(at.text()) ? Number(at.text()) : 0
  if (minimum < 1 || minimum > tokens) throw at.error(`must be a number from 1 to ${tokens}`)
  return minimum
}

function readSoPinPath(at: Located): string {
  const path = at.text()
  if (path === '' || path.includes('\0')) throw at.error('must be the path of a file')
  return resolve(path)
}

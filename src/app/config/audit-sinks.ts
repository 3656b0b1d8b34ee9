import { existsSync } from 'node:fs'
import { type Located, type Millis, needed } from '../../std/index.ts'
import type { NeededHost } from './outbound.ts'
import { readDuration } from './units.ts'

/** Where a sink takes the records. */
export type SinkTarget =
  | { readonly type: 'directory'; readonly path: string }
  | { readonly type: 'stdout' }
  | RemoteTarget

/** A sink or witness that is reached over the network. */
export interface RemoteTarget {
  readonly type: 'webhook' | 'syslog'
  readonly url: URL
  /** A PEM file. */
  readonly caPath: string | undefined
  /** A file with the secret that signs what a webhook gets. */
  readonly secretPath: string | undefined
}

/** A sink of the audit log. */
export interface SinkConfig {
  /** The name of its cursor. */
  readonly name: string
  readonly target: SinkTarget
  /** How long the sink may be behind before calls are refused; undefined if they never are. */
  readonly lagMaxMillis: Millis | undefined
}

/** Where the heads of the log go. */
export interface WitnessConfig {
  readonly name: string
  readonly target: { readonly type: 'file'; readonly path: string } | RemoteTarget | KeywardTarget
}

/** A different Keyward that remembers the heads of the log. */
export interface KeywardTarget {
  readonly type: 'keyward'
  readonly url: URL
  readonly region: string
  /** A shared-credentials file. */
  readonly credentialsPath: string
  readonly caPath: string | undefined
}

const sinkMembers = ['name', 'type', 'url', 'path', 'ca', 'secretFile', 'lagMax'] as const
const witnessMembers = ['name', 'type', 'url', 'path', 'ca', 'secretFile', 'region', 'credentials'] as const
type Members = Partial<Record<(typeof sinkMembers | typeof witnessMembers)[number], Located>>

const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/
const protocols = { webhook: ['https:', 'http:'], syslog: ['tls:', 'tcp:'] } as const

/** Reads `audit.sinks` of the configuration. Throws OperatorError. */
export function readSinks(at: Located | undefined): SinkConfig[] {
  return checkNames(at?.items().map(readSink) ?? [], at)
}

/** Reads `audit.witnesses` of the configuration. Throws OperatorError. */
export function readWitnesses(at: Located | undefined): WitnessConfig[] {
  return checkNames(at?.items().map(readWitness) ?? [], at)
}

function readSink(at: Located): SinkConfig {
  const members = at.members(sinkMembers)
  const type = needed(members.type, at, 'type').text()
  return {
    name: readName(at, members),
    target: readSinkTarget(at, type, members),
    lagMaxMillis: members.lagMax === undefined ? undefined : readDuration(members.lagMax, 1000),
  }
}

function readSinkTarget(at: Located, type: string, members: Members): SinkTarget {
  if (type === 'directory') return { type, path: needed(members.path, at, 'path').text() }
  if (type === 'stdout') return { type }
  if (type === 'webhook' || type === 'syslog') return readRemote(at, type, members)
  throw at.error(`has the type '${type}'; it must be directory, webhook, syslog or stdout`)
}

function readWitness(at: Located): WitnessConfig {
  const members = at.members(witnessMembers)
  const type = needed(members.type, at, 'type').text()
  const name = readName(at, members)
  if (type === 'file') return { name, target: { type, path: needed(members.path, at, 'path').text() } }
  if (type === 'webhook') return { name, target: readRemote(at, type, members) }
  if (type === 'keyward') return { name, target: readKeyward(at, members) }
  throw at.error(`has the type '${type}'; it must be file, webhook or keyward`)
}

function readKeyward(at: Located, members: Members): KeywardTarget {
  const credentials = needed(members.credentials, at, 'credentials')
  checkExists(credentials)
  checkExists(members.ca)
  return {
    type: 'keyward',
    url: readOrigin(needed(members.url, at, 'url')),
    region: needed(members.region, at, 'region').text(),
    credentialsPath: credentials.text(),
    caPath: members.ca?.text(),
  }
}

/** Keyward has no paths. */
function readOrigin(at: Located): URL {
  const url = readUrl(at, protocols.webhook)
  if (url.pathname !== '/' || url.search !== '') throw at.error('must have no path')
  return url
}

function readRemote(at: Located, type: RemoteTarget['type'], members: Members): RemoteTarget {
  const { ca, secretFile } = members
  checkExists(ca)
  checkExists(secretFile)
  return {
    type,
    url: readUrl(needed(members.url, at, 'url'), protocols[type]),
    caPath: ca?.text(),
    secretPath: secretFile?.text(),
  }
}

function checkExists(file: Located | undefined): void {
  if (file !== undefined && !existsSync(file.text())) throw file.error('names a file that does not exist')
}

function readUrl(at: Located, allowed: readonly string[]): URL {
  const url = URL.canParse(at.text()) ? new URL(at.text()) : undefined
  if (url === undefined || !allowed.includes(url.protocol) || url.hostname === '' || url.username !== '')
    throw at.error(`must be a URL with ${allowed.map(name => `${name}//`).join(' or ')} and a host`)
  return url
}

function readName(at: Located, members: Members): string {
  const name = needed(members.name, at, 'name')
  if (!namePattern.test(name.text()))
    throw name.error('must have 1 to 32 lower-case letters, digits and hyphens')
  return name.text()
}

function checkNames<T extends { readonly name: string }>(configs: T[], at: Located | undefined): T[] {
  const names = configs.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw at?.error(`has the name ${twice} twice`)
  return configs
}

/** The hosts that sinks and witnesses are reached at. */
export function hostsOfSinks(
  sinks: readonly SinkConfig[],
  witnesses: readonly WitnessConfig[],
): NeededHost[] {
  return [...sinks, ...witnesses].flatMap(({ name, target }) =>
    'url' in target
      ? [{ host: target.url.hostname, complaint: `The audit log cannot be delivered to ${name}` }]
      : [],
  )
}

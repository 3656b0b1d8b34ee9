import { existsSync } from 'node:fs'
import { type Located, type Millis, needed } from '../../std/index.ts'
import { readCertificates } from './certificates-file.ts'
import type { NeededHost } from './outbound.ts'
import { readDuration } from './values/units.ts'
import { httpProtocols, parseUrl } from './values/urls.ts'

/** Where a sink takes the records. */
export type SinkTarget =
  | { readonly type: 'directory'; readonly path: string }
  | { readonly type: 'stdout' }
  | RemoteTarget

/** A sink or witness that is reached over the network. */
export interface RemoteTarget {
  readonly type: 'webhook' | 'syslog'
  readonly url: URL
  /** The certificates that its certificate is checked with, in PEM; those of Node if undefined. */
  readonly ca: string | undefined
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
  readonly ca: string | undefined
}

type Member = 'name' | 'type' | 'url' | 'path' | 'ca' | 'secretFile' | 'region' | 'credentials' | 'lagMax'
type Members = Partial<Record<Member, Located>>

/** The members that each type has besides its name and type. */
type MembersByType<T extends string> = Readonly<Record<T, readonly Member[]>>

const sinkTypes: MembersByType<SinkTarget['type']> = {
  directory: ['path', 'lagMax'],
  webhook: ['url', 'ca', 'secretFile', 'lagMax'],
  syslog: ['url', 'ca', 'lagMax'],
  stdout: ['lagMax'],
}
const witnessTypes: MembersByType<'file' | 'webhook' | 'keyward'> = {
  file: ['path'],
  webhook: ['url', 'ca', 'secretFile'],
  keyward: ['url', 'ca', 'region', 'credentials'],
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/
const protocols = { webhook: httpProtocols, syslog: ['tls:', 'tcp:'] } as const

/** Reads `audit.sinks` of the configuration. Throws OperatorError. */
export function readSinks(at: Located | undefined): SinkConfig[] {
  return checkNames(at?.items().map(readSink) ?? [], at)
}

/** Reads `audit.witnesses` of the configuration. Throws OperatorError. */
export function readWitnesses(at: Located | undefined): WitnessConfig[] {
  return checkNames(at?.items().map(readWitness) ?? [], at)
}

function readSink(at: Located): SinkConfig {
  const { type, members } = readMembers(at, sinkTypes)
  return {
    name: readName(at, members),
    target: readSinkTarget(at, type, members),
    lagMaxMillis: members.lagMax === undefined ? undefined : readDuration(members.lagMax, 1000),
  }
}

function readSinkTarget(at: Located, type: SinkTarget['type'], members: Members): SinkTarget {
  if (type === 'directory') return { type, path: needed(members.path, at, 'path').text() }
  return type === 'stdout' ? { type } : readRemote(at, type, members)
}

function readWitness(at: Located): WitnessConfig {
  const { type, members } = readMembers(at, witnessTypes)
  const name = readName(at, members)
  if (type === 'file') return { name, target: { type, path: needed(members.path, at, 'path').text() } }
  return { name, target: type === 'webhook' ? readRemote(at, type, members) : readKeyward(at, members) }
}

/** Reads the members. One that the type does not have is refused: ignoring it would promise what does not happen. */
function readMembers<T extends string>(at: Located, types: MembersByType<T>): { type: T; members: Members } {
  const given = needed(new Map(at.entries()).get('type'), at, 'type').text()
  const known = Object.keys(types) as T[]
  const type = known.find(each => each === given)
  if (type === undefined) throw at.error(`has the type '${given}'; it must be one of ${known.join(', ')}`)
  return { type, members: at.members<Member>(['name', 'type', ...types[type]]) }
}

function readKeyward(at: Located, members: Members): KeywardTarget {
  const credentials = needed(members.credentials, at, 'credentials')
  checkExists(credentials)
  return {
    type: 'keyward',
    url: readOrigin(needed(members.url, at, 'url')),
    region: needed(members.region, at, 'region').text(),
    credentialsPath: credentials.text(),
    ca: members.ca && readCertificates(members.ca),
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
  checkExists(secretFile)
  return {
    type,
    url: readUrl(needed(members.url, at, 'url'), protocols[type]),
    ca: ca && readCertificates(ca),
    secretPath: secretFile?.text(),
  }
}

function checkExists(file: Located | undefined): void {
  if (file !== undefined && !existsSync(file.text())) throw file.error('names a file that does not exist')
}

function readUrl(at: Located, allowed: readonly string[]): URL {
  const url = parseUrl(at.text(), allowed)
  if (url === undefined)
    throw at.error(
      `must be a URL with ${allowed.map(name => `${name}//`).join(' or ')}, a host and no credentials`,
    )
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

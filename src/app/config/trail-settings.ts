import { resolve } from 'node:path'
import { isBucketName, isRegion } from '../../domain/index.ts'
import { type Located, type Millis, OperatorError } from '../../std/index.ts'
import { readCertificates } from './certificates-file.ts'
import { readCredentialsFile } from './credentials-file.ts'
import type { NeededHost } from './outbound.ts'
import { type SettingValues, settings } from './settings.ts'
import { readDuration } from './values/units.ts'
import { readEndpoint } from './values/urls.ts'

/** The checked settings of the delivery of trails. */
export interface TrailSettings {
  /** The S3 server; undefined if trails go to directories alone. */
  readonly s3: TrailS3Settings | undefined
  /** The directories that are buckets, by the names of the buckets. */
  readonly directories: ReadonlyMap<string, string>
  readonly fileIntervalMillis: Millis
  readonly digestIntervalMillis: Millis
}

/** The S3 server that trails are delivered to. */
export interface TrailS3Settings {
  readonly endpoint: URL
  /** The Region that requests to it are signed for. */
  readonly region: string
  readonly credentialsPath: string
  /** The certificates that its certificate is checked with, in PEM; those of Node if undefined. */
  readonly ca: string | undefined
}

const minuteMillis = 60_000

/** Reads the settings; `at` is the member `trails` of the setting `audit`. Throws OperatorError. */
export function readTrailSettings(values: SettingValues, at: Located | undefined): TrailSettings {
  const members = at?.members(['fileInterval', 'digestInterval', 'buckets', 's3'])
  const { fileInterval, digestInterval, buckets, s3 } = members ?? {}
  return {
    s3: readS3(values, s3),
    directories: new Map(buckets?.entries().map(([name, bucket]) => [name, readDirectory(name, bucket)])),
    fileIntervalMillis: fileInterval === undefined ? 5 * minuteMillis : readDuration(fileInterval, 1000),
    digestIntervalMillis:
      digestInterval === undefined ? 60 * minuteMillis : readDuration(digestInterval, minuteMillis),
  }
}

/** Returns the host that the server must reach to deliver trails. */
export function hostsOfTrails({ s3 }: TrailSettings): NeededHost[] {
  if (s3 === undefined) return []
  const { hostname: host } = s3.endpoint
  return [{ host, complaint: `The files of trails cannot be delivered to ${s3.endpoint.origin}` }]
}

function readS3(values: SettingValues, at: Located | undefined): TrailS3Settings | undefined {
  const endpoint = values['trail-s3-endpoint']
  const credentials = values['trail-s3-credentials']
  const { region, ca } = at?.members(['region', 'ca']) ?? {}
  if (endpoint === undefined) {
    const stray = at ?? (credentials === undefined ? undefined : settings['trail-s3-credentials'].env)
    if (stray === undefined) return undefined
    throw typeof stray === 'string'
      ? needsEndpoint(stray)
      : at?.error(`needs ${settings['trail-s3-endpoint'].env}`)
  }
  if (credentials === undefined)
    throw new OperatorError(
      `${settings['trail-s3-endpoint'].env} needs ${settings['trail-s3-credentials'].env}, a shared-credentials file.`,
    )
  const credentialsPath = resolve(credentials)
  readCredentialsFile(credentialsPath)
  return {
    endpoint: readEndpoint('trail-s3-endpoint', endpoint, 'https://s3.example.com'),
    region: region === undefined ? 'us-east-1' : readRegion(region),
    credentialsPath,
    ca: ca === undefined ? undefined : readCertificates(ca),
  }
}

const needsEndpoint = (setting: string) =>
  new OperatorError(`${setting} needs ${settings['trail-s3-endpoint'].env}, the URL of an S3 server.`)

function readRegion(at: Located): string {
  if (!isRegion(at.text())) throw at.error('must be a Region such as us-east-1')
  return at.text()
}

function readDirectory(name: string, at: Located): string {
  if (!isBucketName(name)) throw at.error('is not below the name of a bucket')
  const { directory } = at.members(['directory'])
  if (directory === undefined) throw at.error('must have a directory')
  return resolve(directory.text())
}

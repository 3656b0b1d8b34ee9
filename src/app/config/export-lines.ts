import { OperatorError, readFileIfAny } from '../../std/index.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { readAdministratorKey } from './administrator-key.ts'
import type { Config } from './config.ts'
import { type HttpsAccess, httpsAccess, writeBundle } from './https-access.ts'

/**
 * Returns the shell lines that point the AWS CLI and SDKs at a server. The region has two variables, because some tools
 * read one and some read the other. For a server that listens on all addresses, the lines name loopback.
 */
export function exportLines(url: string, region: string, credentialsPath: string): string[] {
  const reachable = reachableUrl(url)
  return [
    `export AWS_ENDPOINT_URL_KMS=${reachable}`,
    `export AWS_ENDPOINT_URL_IAM=${reachable} AWS_ENDPOINT_URL_STS=${reachable}`,
    `export AWS_ENDPOINT_URL_CLOUDTRAIL=${reachable}`,
    `export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    `export AWS_SHARED_CREDENTIALS_FILE=${quote(credentialsPath)}`,
  ]
}

/** The URL of a server for clients on the same machine: loopback, if the server listens on all addresses. */
export function reachableUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

/** The shell lines for one server. */
export interface ShellLines {
  readonly lines: readonly string[]
  /** The URL that the lines name. */
  readonly url: string
  /** A sentence for the operator that is not for the shell. */
  readonly note: string | undefined
}

/** The parts of the shell lines that must be asked for. */
export interface ExportOptions {
  /** Whether the lines are for HTTPS. */
  readonly tls?: boolean
  /** Whether the public roots are trusted, too. */
  readonly withPublicRoots?: boolean
  /** Whether EC2 is here, too: no call of EC2 from the shell goes to AWS then. */
  readonly ec2?: boolean
}

/**
 * Returns these shell lines for the server that last ran on the configured data directory, and a line that unsets other
 * credentials. They are for HTTPS if that is asked for, or if the server has nothing else. Throws OperatorError.
 */
export function readExportLines(
  config: Config,
  { tls = false, withPublicRoots = false, ec2 = false }: ExportOptions = {},
): ShellLines {
  if (withPublicRoots && !tls) throw new OperatorError('--with-public-roots goes with --tls.')
  const { url, region, httpsUrl } = readEndpoint(config)
  const linesFor = (chosen: string) => [
    ...exportLines(chosen, region, new DataDirectory(config.dataDirectory).credentials),
    ...(ec2 ? [`export AWS_ENDPOINT_URL_EC2=${reachableUrl(chosen)}`] : []),
  ]
  if (url !== undefined && !tls) {
    const unset = [unsetCredentials, ...trustOf(config)].join(' ')
    return { lines: [...linesFor(url), unset], url: reachableUrl(url), note: undefined }
  }
  if (httpsUrl === undefined && url === undefined)
    throw new OperatorError(`${privateAlone(config)} Add --endpoint-url https://NAME to each command.`)
  if (httpsUrl === undefined)
    throw new OperatorError(
      `The server that last ran on ${config.dataDirectory} has no HTTPS. Start it without KEYWARD_TLS_PORT=off.`,
    )
  const access = httpsAccess(config, reachableUrl(httpsUrl))
  const { trusting, note } = trustLines(config, access, withPublicRoots)
  return { lines: [...linesFor(access.url), ...trusting, unsetCredentials], url: access.url, note }
}

/** Returns the variables of this shell that trust the CA of the server alone, as the lines for HTTPS have set them. */
function trustOf(config: Config, environment: NodeJS.ProcessEnv = process.env): string[] {
  const { tls } = new DataDirectory(config.dataDirectory)
  return ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'].filter(name => environment[name]?.startsWith(`${tls}/`))
}

/** Returns the shell line with which clients trust the server. */
function trustLines(
  config: Config,
  { trustPath }: HttpsAccess,
  withPublicRoots: boolean,
): { trusting: string[]; note: string | undefined } {
  if (trustPath === undefined) return { trusting: [], note: foreignRootNote }
  const bundle = withPublicRoots ? writeBundle(config, trustPath) : trustPath
  return {
    trusting: [`export AWS_CA_BUNDLE=${quote(bundle)} NODE_EXTRA_CA_CERTS=${quote(trustPath)}`],
    note: withPublicRoots ? undefined : ownRootNote,
  }
}

const ownRootNote =
  'AWS_CA_BUNDLE replaces the public roots, so that calls from this shell to AWS itself fail. If there are such calls, add --with-public-roots.'

const foreignRootNote =
  'The certificate is from KEYWARD_TLS_CERT, without the root that issued it. If that is not a public root, set AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS to its file.'

/** The sentence about a server without a public listener. */
export const privateAlone = ({ dataDirectory }: Config) =>
  `The server that last ran on ${dataDirectory} has private endpoints alone.`

/** The addresses and the region of a server. It has no URL if only private endpoints lead to it. */
export interface Endpoint {
  /** Undefined if plain HTTP is off. */
  readonly url: string | undefined
  readonly region: string
  /** Undefined if HTTPS is off. */
  readonly httpsUrl: string | undefined
}

/**
 * Returns the endpoint of the server that last ran on the configured data directory. The file has a line for the URL of plain
 * HTTP, one for the region, one for the URL of HTTPS and, if there are metrics, one for their URL. The last two are missing
 * after an older version. Throws OperatorError.
 */
export function readEndpoint(config: Config): Endpoint {
  const directory = new DataDirectory(config.dataDirectory)
  const [url, region, httpsUrl] = readFileIfAny(directory.endpoint)?.split('\n') ?? []
  if (url === undefined || !region) {
    throw new OperatorError(
      `No Keyward has run on the data directory ${directory.path} yet. Start one with: npm start`,
    )
  }
  return { url: url || undefined, region, httpsUrl: httpsUrl || undefined }
}

/**
 * Returns the shell line with the administrator's access key and its secret, for clients that do not read the credentials file.
 * It comes after the lines of `readExportLines`. Throws OperatorError.
 */
export function readKeyLine(config: Config): string {
  const { accessKeyId, secret } = readAdministratorKey(config)
  return `export AWS_ACCESS_KEY_ID=${quote(accessKeyId)} AWS_SECRET_ACCESS_KEY=${quote(secret)}`
}

/** These variables would win over the credentials file. */
const unsetCredentials = 'unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN'

/** Quotes a text for the shell if necessary. */
function quote(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

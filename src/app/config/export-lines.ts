import { OperatorError } from '../../std/index.ts'
import { DataDirectory, readFileIfAny } from '../parts/data-directory.ts'
import { readAdministratorKey } from './administrator-key.ts'
import type { Config } from './config.ts'

/**
 * Returns the shell lines that point the AWS CLI and SDKs at a server. The region has two variables, because some tools
 * read one and some read the other. For a server that listens on all addresses, the lines name loopback.
 */
export function exportLines(url: string, region: string, credentialsPath: string): string[] {
  const reachable = reachableUrl(url)
  return [
    `export AWS_ENDPOINT_URL_KMS=${reachable}`,
    `export AWS_ENDPOINT_URL_IAM=${reachable} AWS_ENDPOINT_URL_STS=${reachable}`,
    `export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    `export AWS_SHARED_CREDENTIALS_FILE=${quote(credentialsPath)}`,
  ]
}

/** The URL of a server for clients on the same machine: loopback, if the server listens on all addresses. */
export function reachableUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

/**
 * Returns these shell lines for the server that last ran on the configured data directory, and a line that unsets other
 * credentials. Throws OperatorError.
 */
export function readExportLines(config: Config): string[] {
  const { url, region } = readEndpoint(config)
  return [...exportLines(url, region, new DataDirectory(config.dataDirectory).credentials), unsetCredentials]
}

/** Returns the URL and region of the server that last ran on the configured data directory. Throws OperatorError. */
export function readEndpoint(config: Config): { url: string; region: string } {
  const directory = new DataDirectory(config.dataDirectory)
  const [url, region] = readFileIfAny(directory.endpoint)?.split('\n') ?? []
  if (url === undefined || region === undefined) {
    throw new OperatorError(
      `No Keyward has run on the data directory ${directory.path} yet. Start one with: npm start`,
    )
  }
  return { url, region }
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

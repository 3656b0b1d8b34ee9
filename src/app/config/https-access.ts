import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { OperatorError, readFileIfAny, replaceFile } from '../../std/index.ts'
import { type Chain, endsInRoot, isValidFor, readChain } from '../../tls/index.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import type { Config } from './config.ts'

/** How clients reach a server over HTTPS. */
export interface HttpsAccess {
  readonly url: string
  /** The file with the root that clients must trust; undefined if the operator's file has no root. */
  readonly trustPath: string | undefined
}

/**
 * Returns how clients reach the server over HTTPS. If the operator's certificate is not valid for the address, the URL has
 * the first name that it is valid for. Throws OperatorError.
 */
export function httpsAccess(config: Config, url: string): HttpsAccess {
  const { certificatePaths } = config
  if (certificatePaths === undefined) return { url, trustPath: ownRootPath(config) }
  const chain = readOperatorChain(certificatePaths.certificate)
  const named = new URL(url)
  const name = chain.names.find(each => !each.includes('*'))
  if (name !== undefined && !isValidFor(chain, named.hostname))
    named.hostname = isIP(name) === 6 ? `[${name}]` : name
  return {
    url: named.href.replace(/\/$/, ''),
    trustPath: endsInRoot(chain) ? certificatePaths.certificate : undefined,
  }
}

/** The file of the own CA that clients must trust. Throws OperatorError if it is missing. */
export function ownRootPath({ dataDirectory }: Config): string {
  const path = join(new DataDirectory(dataDirectory).tls, 'ca.pem')
  if (existsSync(path)) return path
  throw new OperatorError(
    `There is no ${path}. A server without KEYWARD_TLS_CERT makes it; give this command the settings of the server.`,
  )
}

/** Reads the operator's certificate. Throws OperatorError. */
export function readOperatorChain(path: string): Chain {
  try {
    return readChain(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new OperatorError(`The file ${path} cannot be used: ${(error as Error).message}.`)
  }
}

/**
 * Writes a file with the public roots that Node trusts and those of a file, for clients that call AWS, too. Returns its path.
 * Throws OperatorError.
 */
export function writeBundle({ dataDirectory }: Config, trustPath: string): string {
  const directory = new DataDirectory(dataDirectory).tls
  const path = join(directory, 'bundle.pem')
  const text = `${[...rootCertificates, readFileSync(trustPath, 'utf8').trimEnd()].join('\n')}\n`
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (readFileIfAny(path) !== text) replaceFile(path, text, 0o644)
  return path
}

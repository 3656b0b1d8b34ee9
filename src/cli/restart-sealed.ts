import type { Addresses } from '../app/index.ts'

/** The exit status after which a service manager starts the server again (EX_TEMPFAIL of sysexits.h). */
const tryAgain = 75

/**
 * Replaces this process by a new image of the same command, which starts sealed on the same ports. Memory that had the root
 * key cannot be wiped whole, so none of it stays. Where a process cannot be replaced, it ends with status 75.
 * `rootKey` is the value of KEYWARD_ROOT_KEY that replaces the configured one; absent if that is right.
 */
export function restartSealed(addresses: Addresses, rootKey?: string | undefined): void {
  if (process.execve === undefined) process.exit(tryAgain)
  const [program = process.execPath, ...given] = process.argv
  const own = sealedFlags(addresses, rootKey)
  // A server that is sealed again has the flags already.
  const isSealedBefore = own.join(' ') === given.slice(-own.length).join(' ')
  const args = [...process.execArgv, ...given, ...(isSealedBefore ? [] : own)]
  process.execve(program, [program, ...args], process.env)
}

function sealedFlags({ plainUrl, tlsUrl, metricsUrl }: Addresses, rootKey: string | undefined): string[] {
  const ports = Object.entries({ port: plainUrl, 'tls-port': tlsUrl, 'metrics-port': metricsUrl })
  return [
    ...ports.flatMap(([name, url]) => (url === undefined ? [] : [`--${name}`, portOf(new URL(url))])),
    ...(rootKey === undefined ? [] : ['--root-key', rootKey]),
    '--sealed',
  ]
}

/** A URL leaves out the port of its scheme. */
const portOf = ({ port, protocol }: URL) => port || (protocol === 'https:' ? '443' : '80')

import type { Addresses, SettingValues } from '../app/index.ts'

/** The exit status at which a service manager starts the server again, where a process cannot replace itself. */
const restartStatus = 75

/**
 * Replaces the process by a new image of the program with the same id, which starts sealed. Memory cannot be wiped reliably,
 * because V8 copies objects: a sealed server must be one that never had the root key. The addresses stay the same.
 */
export function restartSealed(flags: SettingValues, { plainUrl, tlsUrl, metricsUrl }: Addresses): never {
  const ports = { port: plainUrl, 'tls-port': tlsUrl, 'metrics-port': metricsUrl }
  const given = Object.entries(flags).filter(([, value]) => value !== undefined)
  const taken = Object.entries(ports).flatMap(([name, url]) =>
    url === undefined ? [] : [[name, portOf(url)]],
  )
  const settings = Object.entries(Object.fromEntries([...given, ...taken]) as Record<string, string>)
  const script = process.argv[1] ?? ''
  const args = [
    ...process.execArgv,
    script,
    'start',
    ...settings.map(([name, value]) => `--${name}=${value}`),
  ]
  try {
    // Node prints a warning that this function is experimental.
    process.removeAllListeners('warning')
    process.execve?.(process.execPath, [process.execPath, ...args, '--sealed'], process.env)
  } catch (error) {
    process.stderr.write(`keyward: the process cannot be replaced: ${(error as Error).message}\n`)
  }
  process.exit(restartStatus)
}

/** A URL leaves out the port that its scheme has by default. */
function portOf(url: string): string {
  const { port, protocol } = new URL(url)
  if (port !== '') return port
  return protocol === 'https:' ? '443' : '80'
}

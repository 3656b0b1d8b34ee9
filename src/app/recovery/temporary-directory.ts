import { mkdtempSync, rmSync } from 'node:fs'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs work with a new directory of mode 0700, whose path begins with `prefix`. The directory is removed afterwards, also if
 * SIGINT, SIGTERM or SIGHUP ends the process. Throws the error of the file system if it cannot be made.
 */
export async function withTemporaryDirectory<T>(
  prefix: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  let path: string | undefined
  const remove = () => {
    if (path !== undefined) rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  }
  const onSignal = (signal: NodeJS.Signals) => {
    remove()
    stopListening()
    process.kill(process.pid, signal)
  }
  const stopListening = () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  // A signal that comes while the directory is made waits until this function does.
  for (const signal of signals) process.on(signal, onSignal)
  try {
    path = mkdtempSync(prefix)
    return await work(path)
  } finally {
    remove()
    stopListening()
  }
}

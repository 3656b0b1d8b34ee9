import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

/** prlimit(1) of util-linux. It is not looked up: the search path could lead to a different program. */
const prlimit = '/usr/bin/prlimit'

/**
 * Keeps the memory of this process, which holds keys, out of core dumps and away from a debugger that a signal starts. Node
 * has no call for the limits of a process, and none for PR_SET_DUMPABLE, so this does as much as files and programs of Linux
 * allow. Returns whether a crash leaves no memory behind.
 */
export function keepMemoryPrivate(): boolean {
  // Node starts its debugger at SIGUSR1, unless the process has a use of its own for the signal.
  if (!process.listeners('SIGUSR1').includes(ignoreSignal)) process.on('SIGUSR1', ignoreSignal)
  // Elsewhere, core dumps are a matter of the operator: macOS has them off.
  if (process.platform !== 'linux') return true
  const isFiltered = dumpNoMappings()
  return forbidCoreFiles() || isFiltered
}

const ignoreSignal = () => undefined

/** Threads and child processes inherit the filter (core(5), "Controlling which mappings are written to the core dump"). */
function dumpNoMappings(): boolean {
  try {
    writeFileSync('/proc/self/coredump_filter', '0')
    return true
  } catch {
    return false
  }
}

/**
 * A dump without mappings still has the registers. With a limit of one byte there is no core file and, other than with a
 * limit of zero, no dump that is piped to a program either (Linux, fs/coredump.c).
 */
function forbidCoreFiles(): boolean {
  spawnSync(prlimit, [`--pid=${process.pid}`, '--core=1:1'], { stdio: 'ignore' })
  try {
    return /^Max core file size +[01] +[01] /m.test(readFileSync('/proc/self/limits', 'latin1'))
  } catch {
    return false
  }
}

import { join } from 'node:path'
import { type Finding, ok, warn } from '../finding.ts'
import { findServer, readLines } from '../proc-files.ts'
import type { Subject } from '../subject.ts'

/** Checks whether the machine could give away the memory of the server, which has keys. */
export function checkHygiene(subject: Subject): readonly Finding[] {
  if (process.platform !== 'linux') return [ok('These checks are for Linux.')]
  const pid = findServer(subject)
  const findings = [...judgeMachine('/proc'), ...(pid === undefined ? [] : judgeProcess('/proc', pid))]
  return findings.length > 0 ? findings : [ok('Nothing gives away the memory of the server.')]
}

/** Judges the machine by the files below `proc`. */
export function judgeMachine(proc: string): readonly Finding[] {
  const findings: Finding[] = []
  // The first line is a heading. Swap in compressed memory (zram) reaches no disk.
  const swaps = readLines(join(proc, 'swaps')).slice(1)
  const onDisk = swaps.map(line => line.split(/\s+/)[0] ?? '').filter(name => !name.startsWith('/dev/zram'))
  if (onDisk.length > 0)
    findings.push(
      warn(
        `Memory with keys can be written to the swap space ${onDisk.join(', ')}.`,
        'Turn swap off (swapoff -a), or encrypt it with a random key.',
      ),
    )
  if (readLines(join(proc, 'sys/kernel/yama/ptrace_scope'))[0] === '0')
    findings.push(
      warn(
        'Every program of the same user can read the memory of the server.',
        'Set kernel.yama.ptrace_scope to 1 or more with sysctl.',
      ),
    )
  return findings
}

/** Judges a process by the files below `proc`. */
export function judgeProcess(proc: string, pid: number): readonly Finding[] {
  const findings: Finding[] = []
  const limits = readLines(join(proc, `${pid}/limits`)).find(line => line.startsWith('Max core file size'))
  const [filter = ''] = readLines(join(proc, `${pid}/coredump_filter`))
  const limit = /^Max core file size +(\S+)/.exec(limits ?? '')?.[1]
  // With one byte there is no core file, and a program that takes dumps gets none either (Linux, fs/coredump.c).
  if (limit !== undefined && !['0', '1'].includes(limit) && !/^0*$/.test(filter))
    findings.push(
      warn(
        'A crash of the server would write its memory to a core dump.',
        'Set LimitCORE=1 in its systemd unit.',
      ),
    )
  const user = readLines(join(proc, `${pid}/status`)).find(line => line.startsWith('Uid:'))
  if (/^Uid:\s+\d+\s+0\s/.test(user ?? ''))
    findings.push(warn('The server runs as root.', 'Run it as a user of its own.'))
  return findings
}

import { existsSync } from 'node:fs'
import type { Millis } from '../../../std/index.ts'
import { type Finding, fault, ok, warn } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Signature Version 4 allows this difference (AWS General Reference, "Signing AWS API requests"). */
const skewMaxMillis = 300_000
const skewNoticedMillis = 5000

/** Checks the clock of the machine against the audit log, and whether something sets it. */
export async function checkClock(subject: Subject): Promise<readonly Finding[]> {
  const lines = await subject.newestLines()
  // A client may have set a test clock forward. A log that cannot be read is the finding of its own check.
  const isComparable = subject.config.testClock === 'off' && 'value' in lines
  return [
    judgeClock(subject.now, isComparable ? lines.value?.lastAt : undefined),
    ...(process.platform === 'linux' ? [judgeTimeService('/')] : []),
  ]
}

/** Judges the time of the machine by that of the newest line in the audit log. */
export function judgeClock(now: Millis, lastAt: Millis | undefined): Finding {
  const ahead = lastAt === undefined ? 0 : lastAt - now
  if (ahead <= skewNoticedMillis) return ok('No record of the audit log is in the future.')
  const found = `The newest record of the audit log is ${Math.round(ahead / 1000)} seconds in the future.`
  const remedy =
    'Set the clock of the machine. Requests whose time differs by more than 5 minutes are refused.'
  return ahead > skewMaxMillis ? fault(found, remedy) : warn(found, remedy)
}

/** The files of services that set the clock while they run: systemd-timesyncd, chrony, ntpd, OpenNTPD. */
const timeServiceFiles = [
  'run/systemd/timesync/synchronized',
  'run/chrony/chronyd.pid',
  'run/chronyd.pid',
  'run/chrony/chronyd.sock',
  'run/ntpd.pid',
  'run/ntpsec/ntpd.pid',
  'run/openntpd.pid',
  'run/ntpd.sock',
]
/** Docker and Podman put these into a container, whose clock is that of its host. */
const containerFiles = ['.dockerenv', 'run/.containerenv']

/** Judges, by the files below `root`, whether a service sets the clock. */
export function judgeTimeService(root: string): Finding {
  const has = (path: string) => existsSync(`${root}/${path}`)
  if (timeServiceFiles.some(has)) return ok('A time service sets the clock.')
  if (containerFiles.some(has)) return ok('The host of this container sets the clock.')
  return warn(
    'No time service was found.',
    'Install chrony or enable systemd-timesyncd: requests whose time differs by more than 5 minutes are refused.',
  )
}

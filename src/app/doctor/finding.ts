/** How bad a finding is. */
export type Level = 'ok' | 'warn' | 'fault'

/** The names of the checks, in the order in which they run. */
export const checkNames = [
  'clock',
  'permissions',
  'disk',
  'sync',
  'ports',
  'root-key',
  'database',
  'row-macs',
  'domain-keys',
  'audit-log',
  'certificates',
  'private-endpoints',
  'sinks',
  'trails',
  'backups',
  'hygiene',
] as const

/** The name of a check. */
export type CheckName = (typeof checkNames)[number]

/** A finding of a check: sentences of it, and of the way out unless all is well. */
export interface Finding {
  readonly level: Level
  readonly finding: string
  readonly remedy?: string
}

/** A finding with the check that made it, or with `settings` if no check could run. */
export interface CheckedFinding extends Finding {
  readonly check: CheckName | 'settings'
}

/** Returns a finding that nothing has to be done about. */
export const ok = (finding: string): Finding => ({ level: 'ok', finding })

/** Returns a finding about something that is not as it should be, while the server works. */
export const warn = (finding: string, remedy: string): Finding => ({ level: 'warn', finding, remedy })

/** Returns a finding about something that does not work, or that gives a secret away. */
export const fault = (finding: string, remedy: string): Finding => ({ level: 'fault', finding, remedy })

/** Returns the finding about a problem whose sentences say what to do. */
export const problemFound = ({ problem }: { readonly problem: string }): Finding => ({
  level: 'fault',
  finding: problem,
})

/** Returns the worst level of findings. */
export function worstOf(findings: readonly Finding[]): Level {
  if (findings.some(({ level }) => level === 'fault')) return 'fault'
  return findings.some(({ level }) => level === 'warn') ? 'warn' : 'ok'
}

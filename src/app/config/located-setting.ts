import { Located, readNamedFile } from '../../std/index.ts'

/** Reads a setting from a YAML file, or from the setting if it is YAML itself. Throws OperatorError. */
export function locateSetting(setting: string, name: string): Located {
  const isInline = /^\s*[[{]|:(\s|$)/m.test(setting)
  return isInline ? Located.parse(setting, name) : Located.parse(readNamedFile(setting), setting)
}

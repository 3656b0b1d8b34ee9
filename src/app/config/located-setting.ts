import { Located, readNamedFile } from '../../std/index.ts'

const isInline = (setting: string) => /^\s*[[{]|:(\s|$)/m.test(setting)

/** Returns the path of the file that a setting names; undefined if the setting is YAML itself. */
export const fileOfSetting = (setting: string): string | undefined =>
  isInline(setting) ? undefined : setting

/** Reads a setting from a YAML file, or from the setting if it is YAML itself. Throws OperatorError. */
export function locateSetting(setting: string, name: string): Located {
  return isInline(setting) ? Located.parse(setting, name) : Located.parse(readNamedFile(setting), setting)
}

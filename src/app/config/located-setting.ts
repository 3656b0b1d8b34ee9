import { Located, readNamedFile } from '../../std/index.ts'

const isInline = (setting: string) => /^\s*[[{]|:(\s|$)/m.test(setting)

/** Returns the path of the file that a setting names; undefined if the setting is YAML itself. */
export const fileOfSetting = (setting: string): string | undefined =>
  isInline(setting) ? undefined : setting

/**
 * Reads a setting from a YAML file, or from the setting if it is YAML itself. The value may be the member `name`, as in the configuration
 * file. Throws OperatorError.
 */
export function locateSetting(setting: string, name: string): Located {
  const at = isInline(setting) ? Located.parse(setting, name) : Located.parse(readNamedFile(setting), setting)
  return at.within(name)
}

/** Returns the items of a list that may be empty. Throws OperatorError if it has more than `max`. */
export function readItems(at: Located, max: number): readonly Located[] {
  const items = at.items()
  if (items.length > max) throw at.error(`has more than ${max} entries`)
  return items
}

/** Returns the items of a list in which at least one must be. Throws OperatorError. */
export function readList(at: Located, max: number): readonly Located[] {
  const items = readItems(at, max)
  if (items.length === 0) throw at.error('is empty')
  return items
}

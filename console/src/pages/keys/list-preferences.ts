import { useState } from 'react'
import { preference, setPreference } from '../../session/preferences.ts'
import { columns, defaultColumns } from './columns.tsx'

/** How somebody wants to see the list of keys. */
export interface ListPreferences {
  readonly columns: readonly string[]
  readonly pageSize: number
  readonly wrapsLines: boolean
}

export const pageSizes = [20, 50] as const
const key = 'keys.list'
const fallback: ListPreferences = { columns: defaultColumns, pageSize: 20, wrapsLines: false }

function isKnown(value: unknown): value is ListPreferences {
  if (typeof value !== 'object' || value === null) return false
  const { columns: chosen, pageSize, wrapsLines } = value as Record<string, unknown>
  return (
    Array.isArray(chosen) &&
    chosen.every(id => columns.some(column => column.id === id)) &&
    pageSizes.some(size => size === pageSize) &&
    typeof wrapsLines === 'boolean'
  )
}

/** The preferences of the list, which this browser keeps. */
export function useListPreferences(): readonly [ListPreferences, (next: ListPreferences) => void] {
  const [preferences, setPreferences] = useState(() => preference(key, isKnown, fallback))
  const choose = (next: ListPreferences) => {
    setPreference(key, next)
    setPreferences(next)
  }
  return [preferences, choose]
}

import CollectionPreferences from '@cloudscape-design/components/collection-preferences'
import { columns } from './columns.tsx'
import { type ListPreferences, pageSizes } from './list-preferences.ts'

interface PreferencesProps {
  readonly value: ListPreferences
  readonly onChange: (next: ListPreferences) => void
}

/** The choice of columns and of the page size. */
export function Preferences({ value, onChange }: PreferencesProps) {
  return (
    <CollectionPreferences
      title="Preferences"
      confirmLabel="Confirm"
      cancelLabel="Cancel"
      closeAriaLabel="Close"
      preferences={{
        pageSize: value.pageSize,
        wrapLines: value.wrapsLines,
        visibleContent: value.columns,
      }}
      pageSizePreference={{
        title: 'Page size',
        options: pageSizes.map(size => ({ value: size, label: `${size} keys` })),
      }}
      wrapLinesPreference={{ label: 'Wrap lines', description: 'Show the whole text of each cell.' }}
      visibleContentPreference={{
        title: 'Columns',
        options: [
          {
            label: 'Key',
            options: columns.map(({ id = '', header }) => ({
              id,
              label: String(header),
              editable: id !== 'keyId',
            })),
          },
        ],
      }}
      onConfirm={({ detail }) =>
        onChange({
          columns: detail.visibleContent ?? value.columns,
          pageSize: detail.pageSize ?? value.pageSize,
          wrapsLines: detail.wrapLines ?? value.wrapsLines,
        })
      }
    />
  )
}

import FileUpload from '@cloudscape-design/components/file-upload'
import { useEffect, useRef, useState } from 'react'

/** A file that was read. */
export interface ReadFile {
  readonly name: string
  readonly bytes: Uint8Array
}

interface FileInputProps {
  readonly maxBytes: number
  /** The limit in words, such as `64 MiB`. */
  readonly maxText: string
  /** The names of files that the browser offers, such as `.json`. */
  readonly accept?: string
  /** Gets the file when it is read, and undefined as soon as there is none. */
  readonly onRead: (file: ReadFile | undefined) => void
}

/** Chooses a file and reads it, within a limit. */
export function FileInput({ maxBytes, maxText, accept, onRead }: FileInputProps) {
  const [chosen, setChosen] = useState<File>()
  const [fault, setFault] = useState<string>()
  // A file that is still being read when somebody chooses a different one, or a text, comes too late.
  const latest = useRef<File>(undefined)
  useEffect(
    () => () => {
      latest.current = undefined
    },
    [],
  )
  const choose = async (file: File | undefined) => {
    latest.current = file
    setChosen(file)
    setFault(undefined)
    onRead(undefined)
    if (file === undefined) return
    if (file.size > maxBytes) return setFault(`The file is larger than ${maxText}.`)
    try {
      const bytes = new Uint8Array(await file.arrayBuffer())
      if (latest.current === file) onRead({ name: file.name, bytes })
    } catch {
      if (latest.current === file) setFault('The file cannot be read.')
    }
  }
  return (
    <FileUpload
      value={chosen === undefined ? [] : [chosen]}
      showFileSize
      {...(accept !== undefined && { accept })}
      {...(fault !== undefined && { errorText: fault })}
      i18nStrings={fileTexts}
      onChange={({ detail }) => void choose(detail.value[0])}
    />
  )
}

const fileTexts = {
  uploadButtonText: () => 'Choose file',
  dropzoneText: () => 'Drop file',
  removeFileAriaLabel: () => 'Remove file',
  limitShowFewer: 'Show fewer files',
  limitShowMore: 'Show more files',
  errorIconAriaLabel: 'Error',
}

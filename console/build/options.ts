import { join } from 'node:path'
import type { InlineConfig, Plugin } from 'vite'
import { checkLazyStyles } from './integrity.ts'
import { leaveOut } from './trim.ts'

/** The folder of the console. */
export const consoleDirectory = join(import.meta.dirname, '..')

/** The path of the console in the address. */
export const base = '/console/'

/** The console has the fonts of the system: those of the design system would be a tenth of what a first visit loads. */
const dropFonts: Plugin = {
  name: 'drop-fonts',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('global-styles/index.css')) return null
    return { code: code.replaceAll(/@font-face\s*\{[^}]*\}/g, ''), map: null }
  },
}

/** The settings of Vite that the build and the development server share. */
export const options = {
  configFile: false,
  root: consoleDirectory,
  base,
  plugins: [dropFonts, leaveOut, checkLazyStyles],
  oxc: { jsx: { runtime: 'automatic' } },
  // The order of modules is that of their paths: it must not depend on where node_modules really is.
  resolve: { preserveSymlinks: true },
  logLevel: 'warn',
} as const satisfies InlineConfig

/**
 * The sign-in is one file and the shell with the list of keys one more. As the dozens of small files that the design system
 * would be, they are a tenth larger when packed. Each page that loads later has files of its own, and what several of them share is one
 * file: the page of the sign-in has a hash for each file.
 */
const groups = [
  {
    name: 'start',
    tags: ['$initial' as const],
    // The module that runs the rest has a file of its own: others must not wait for it, since it waits for the server.
    test: /^(?!.*(?:\/src\/main\.tsx|\/index\.html)$)/,
    priority: 2,
  },
  { name: 'shell', test: /\/src\/shell\/shell\.tsx$/, priority: 1 },
  { name: 'preferences', test: /\/src\/pages\/keys\/preferences\.tsx$/, priority: 0.5 },
  { name: 'parts', minShareCount: 3 },
]

/** The settings of a build into a folder. */
export function buildOptions(outDir: string): InlineConfig {
  return {
    ...options,
    plugins: [...options.plugins],
    build: {
      outDir,
      emptyOutDir: true,
      manifest: true,
      modulePreload: { polyfill: false },
      sourcemap: false,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      target: 'es2024',
      // The shell is larger than Vite's aim. It loads once, and packed it is a sixth of this.
      chunkSizeWarningLimit: 1500,
      rolldownOptions: {
        output: { codeSplitting: { groups } },
        // The design system has directives for a different way to render, which mean nothing here.
        onwarn: (warning, warn) => {
          if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
        },
      },
    },
  }
}

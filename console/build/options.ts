import { join } from 'node:path'
import type { InlineConfig, Plugin } from 'vite'
import { checkLazyStyles } from './integrity.ts'

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
  plugins: [dropFonts, checkLazyStyles],
  oxc: { jsx: { runtime: 'automatic' } },
  logLevel: 'warn',
} as const satisfies InlineConfig

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
      rolldownOptions: {
        // The design system has directives for a different way to render, which mean nothing here.
        onwarn: (warning, warn) => {
          if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
        },
      },
    },
  }
}

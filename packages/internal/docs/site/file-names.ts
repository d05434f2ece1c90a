interface CodeBlock {
  language: string
  meta: string
  props: { title?: string | undefined; frame?: 'none' | 'auto' | 'code' | 'terminal' | undefined }
}

/** Shows the name of the file that a fence is: ` ```ts tracker.ts `. */
export const fileNames = {
  name: 'file names',
  hooks: {
    preprocessMetadata({ codeBlock }: { codeBlock: CodeBlock }): void {
      const [name = ''] = codeBlock.meta.split(' ')
      if (/^[\w./-]+\.\w+$/.test(name)) codeBlock.props.title = name
    },
  },
}

// More than anybody looks at; a megabyte of text has no more marks than that.
const mostHits = 1000

/**
 * Marks every place of these words within the parts of the page. The marks are no elements (CSS Custom Highlight API): what
 * is drawn need not know of them; a browser that has none shows the page without.
 */
export function highlight(words: readonly string[], parts: readonly Element[]): void {
  if (typeof Highlight === 'undefined') return
  const hits = new Highlight()
  for (const part of words.length === 0 ? [] : parts) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node !== null && hits.size < mostHits; node = texts.nextNode())
      mark(node, words, hits)
  }
  CSS.highlights.set('hits', hits)
}

function mark(node: Node, words: readonly string[], hits: Highlight): void {
  const text = node.nodeValue?.toLowerCase() ?? ''
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0 && hits.size < mostHits; at = text.indexOf(word, at + word.length)) {
      // A letter that is longer in lower case moves the places after it.
      if (at + word.length > (node.nodeValue?.length ?? 0)) return
      const range = new StaticRange({
        startContainer: node,
        startOffset: at,
        endContainer: node,
        endOffset: at + word.length,
      })
      hits.add(range)
    }
  }
}

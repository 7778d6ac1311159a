/** How cohorts, labels and comparisons look. */

export const cohortStyle = `
.chip.whose{flex-basis:100%;margin:0}
.curves{display:flex;flex-wrap:wrap;gap:16px 30px;align-items:flex-start}
.facts{display:flex;flex-wrap:wrap;gap:4px 24px;margin:8px 0}
.facts dd{font-weight:600;font-size:15px}
.plain{font:inherit;color:inherit;background:none;border:0;padding:2px 0;min-height:24px;cursor:pointer;text-align:inherit;overflow-wrap:anywhere;
  text-decoration:underline;text-decoration-color:var(--neutral);text-underline-offset:3px}
.plain[aria-pressed="true"]{font-weight:600;text-decoration-color:var(--ink);text-decoration-thickness:2px}
.wide td,.wide th{vertical-align:baseline}
.wide thead .numeric,.runs thead th{overflow-wrap:normal}
.wide td.numeric{white-space:nowrap}
.confusion thead .numeric{overflow-wrap:anywhere}
.cohort-list .note{display:block;margin:0;font-size:11px}
.cohort-list .go{display:flex}
.cohort-list tbody th{min-width:7em}
.runs td:nth-child(n+3):not(.numeric){min-width:11em}
.runs th:first-child{min-width:6em}
.runs .action{white-space:nowrap}
.cohort-list input{width:auto;field-sizing:content;max-width:17em}
.rule{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin-top:12px}
.rule .go input{width:84px}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 14px;max-height:160px;overflow:auto;flex-basis:100%}
legend{padding:0;color:var(--muted)}
.tick-box{display:inline-flex;gap:6px;align-items:center;min-height:24px;max-width:100%;overflow-wrap:anywhere}
input[type=checkbox]{min-height:0;width:16px;height:24px;margin:0;accent-color:var(--ink)}
.whole{fill:none;stroke:var(--neutral);stroke-width:1.5}
.swatch.own{background:var(--bar)}
.swatch.whole{background:none;border:1.5px solid var(--neutral);height:9px}
.brush{fill:var(--ink);fill-opacity:.08;stroke:var(--ink);stroke-dasharray:4 3}
.confusion{width:auto}
.confusion td{position:relative;padding:4px 10px 7px;min-width:64px}
.confusion .right{font-weight:650}
.confusion .gauge{right:10px;left:auto;max-width:calc(100% - 20px)}
path.curve{fill:none;stroke:var(--ink);stroke-width:1.8;stroke-linejoin:round}
.diagonal{stroke:var(--neutral);stroke-dasharray:4 4}
.dot{fill:var(--bar);stroke:var(--paper);stroke-width:1.5}
.dot.pickable{cursor:pointer}
`;

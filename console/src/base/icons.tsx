// Pictures on a grid of 20, drawn with lines of 1.5 in the colour of the text. They never carry
// meaning alone: the text or label beside them does.

import type { ComponentChildren, JSX } from "preact";

/** A picture. */
export type Icon = (props: IconProps) => JSX.Element;

/** How large, in pixels; 18 unless told. */
export interface IconProps {
  size?: number;
}

function picture(children: ComponentChildren, mirrored = false): Icon {
  return ({ size = 18 }) => (
    <svg
      class={mirrored ? "pointing" : undefined}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

// Signs of a status.

export const Good = picture(<circle cx="10" cy="10" r="6" fill="currentColor" stroke="none" />);
export const Off = picture(
  <>
    <circle cx="10" cy="10" r="6" />
    <path d="M6 14 14 6" />
  </>,
);
export const Wait = picture(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M6.5 11c1-2 2.3-2 3.5-1s2.5 1 3.5-1" />
  </>,
);
export const Bell = picture(
  <path d="M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-2 5.5-2 5.5h13s-2-1.5-2-5.5A4.5 4.5 0 0 0 10 3ZM8.5 16a1.7 1.7 0 0 0 3 0" />,
);
export const Work = picture(
  <>
    <circle cx="10" cy="10" r="6.5" />
    <circle cx="10" cy="10" r="2.5" fill="currentColor" stroke="none" />
  </>,
);
export const Half = picture(
  <>
    <circle cx="10" cy="10" r="6.5" />
    <path d="M10 3.5a6.5 6.5 0 0 1 0 13Z" fill="currentColor" stroke="none" />
  </>,
);
export const Bad = picture(<path d="M10 3 2.5 16.5h15ZM10 8.5v3.5M10 14.3v.1" />);

// Kinds of task.

export const Voice = picture(
  <path d="M7 3.5 5 4c-1 .3-1.5 1-1.5 2 0 6 4.5 10.5 10.5 10.5 1 0 1.7-.5 2-1.5l.5-2-3.5-1.5-1.7 1.7A9 9 0 0 1 6.8 8.7L8.5 7Z" />,
);
export const Chat = picture(
  <path d="M3.5 5.5a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9l-3.5 3v-3a2 2 0 0 1-2-2Z" />,
);
export const Message = picture(
  <>
    <rect x="6" y="2.5" width="8" height="15" rx="1.5" />
    <path d="M9 15h2" />
  </>,
);
export const Video = picture(
  <>
    <rect x="2.5" y="5.5" width="10" height="9" rx="1.5" />
    <path d="m12.5 9 5-2.5v7l-5-2.5" />
  </>,
);
export const Mail = picture(
  <>
    <rect x="2.5" y="4.5" width="15" height="11" rx="1.5" />
    <path d="m3 5.5 7 5.5 7-5.5" />
  </>,
);
export const Tray = picture(
  <path d="M3 11.5 5 4.5h10l2 7v3a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5Zm0 0h4l1 2h4l1-2h4" />,
);

// What controls do.

export const Check = picture(<path d="m4 10.5 4 4 8-9" />);
export const Cross = picture(<path d="m5 5 10 10M15 5 5 15" />);
export const Down = picture(<path d="m5.5 8 4.5 4.5L14.5 8" />);
export const Back = picture(<path d="M12.5 4.5 7 10l5.5 5.5" />, true);
export const Forward = picture(<path d="M7.5 4.5 13 10l-5.5 5.5" />, true);
export const Copy = picture(
  <>
    <rect x="7" y="7" width="9.5" height="9.5" rx="1.5" />
    <path d="M13 7V5a1.5 1.5 0 0 0-1.5-1.5H5A1.5 1.5 0 0 0 3.5 5v6.5A1.5 1.5 0 0 0 5 13h2" />
  </>,
);
export const Help = picture(
  <>
    <circle cx="10" cy="10" r="7.5" />
    <path d="M7.8 7.8A2.2 2.2 0 1 1 10 10.5v1M10 14v.1" />
  </>,
);
export const Sound = picture(
  <path d="M3 8v4h3l4 3.5v-11L6 8ZM13 7.5a3.5 3.5 0 0 1 0 5M15 5a7 7 0 0 1 0 10" />,
);
export const Silent = picture(<path d="M3 8v4h3l4 3.5v-11L6 8ZM13.5 8l4 4M17.5 8l-4 4" />);
export const Link = picture(
  <path d="M8.5 11.5a3 3 0 0 0 4.2 0l3-3a3 3 0 1 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-3 3a3 3 0 1 0 4.2 4.2l1-1" />,
);
export const Outside = picture(
  <path d="M11.5 3.5h5v5M16.5 3.5 9 11M14.5 11.5V15a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15V7A1.5 1.5 0 0 1 5 5.5h3.5" />,
);
export const Pause = picture(<path d="M7 4.5v11M13 4.5v11" />);
export const Clock = picture(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 6v4l2.5 2" />
  </>,
);

const channels = new Map<string, Icon>([
  ["voice", Voice],
  ["chat", Chat],
  ["sms", Message],
  ["video", Video],
  ["email", Mail],
]);

/** The picture of a task channel; a tray for those without one of their own. */
export function channelIcon(uniqueName: string): Icon {
  return channels.get(uniqueName.toLowerCase()) ?? Tray;
}

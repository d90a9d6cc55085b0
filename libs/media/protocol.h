#pragma once

namespace wenming::media {

// What wenming-picture and those who run it have agreed upon.

/// The first argument. `type`: its output is the media type. `redraw`: its output is media type, width and height of
/// the picture that it wrote.
inline constexpr const char* kTypeOf = "type";
inline constexpr const char* kRedraw = "redraw";

/// The files that it is handed: the bytes to look at, and where the results go.
inline constexpr int kInput = 3, kPicture = 4, kThumbnail = 5;

/// It ends so where the file is at fault; its output says how.
inline constexpr int kBadFile = 3;

/// Of the thumbnail, and of the picture, which is made smaller where it is larger.
inline constexpr int kThumbnailEdge = 320, kPictureEdge = 4096;
/// Pictures of more pixels are refused unread: a file of some kilobytes can unpack to gigabytes.
inline constexpr double kMostPixels = 100e6;

}  // namespace wenming::media

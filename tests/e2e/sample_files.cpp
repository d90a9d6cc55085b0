#include "e2e/sample_files.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace wenming::e2e {
namespace {

/// Calls back with the cells of every record and with the record as it stands in the text.
template <class F>
void each_record(std::string_view text, F visit) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      // A doubled quote closes and opens again.
      if (!quoted && i > begin && text[i - 1] == '"') cells.back() += '"';
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c == '\n' && !quoted) {
      if (i > begin && text[i - 1] == '\r') cells.back().pop_back();
      visit(cells, text.substr(begin, i + 1 - begin));
      cells.assign(1, {});
      begin = i + 1;
    } else {
      cells.back() += c;
    }
  }
  if (begin != text.size()) throw std::runtime_error("the last line of the sample has no end");
}

}  // namespace

const std::string& SampleRow::operator[](std::string_view column) const {
  const auto cell = cells.find(column);
  if (cell == cells.end()) throw std::out_of_range("the sample has no column " + std::string(column));
  return cell->second;
}

SampleFile::SampleFile(const std::filesystem::path& file) {
  std::vector<std::string> columns;
  each_record(read_file(file), [&](const std::vector<std::string>& cells, std::string_view text) {
    if (columns.empty()) {
      columns = cells;
      header_ = text;
      return;
    }
    SampleRow row;
    for (std::size_t i = 0; i < cells.size(); ++i) row.cells.emplace(columns.at(i), cells[i]);
    row.text = text;
    rows_.push_back(std::move(row));
  });
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

void write_file(const std::filesystem::path& file, std::string_view content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace wenming::e2e
